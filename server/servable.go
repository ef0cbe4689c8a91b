package server

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/schema"
)

// pageFields is the number of fields that a page has besides those of a record: items, nextToken and startedAt.
const pageFields = 3

// RecordFieldsMax is the most fields of a model, including those of its embedded types, the timestamps and the
// metadata, for which clients can ask for all of them.
const RecordFieldsMax = FieldsPerRootMax - pageFields

// Servable reports the models whose records have too many fields for the documents of our own client, with their
// numbers. Commands call it before they generate or serve anything.
func Servable(s *schema.Schema) error {
	var wide []string
	for _, m := range s.Models {
		if n := appsync.SelectionFields(s, m); n > RecordFieldsMax {
			wide = append(wide, fmt.Sprintf("%s has %d fields", m.Name, n))
		}
	}
	if wide == nil {
		return nil
	}
	return &ConfigError{"schema", fmt.Sprintf(
		"%s, with those of embedded types, timestamps and metadata; at most %d can be asked for at once. Split the model, or keep parts of it as AWSJSON",
		strings.Join(wide, "; "), RecordFieldsMax)}
}
