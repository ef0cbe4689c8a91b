package server

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/schema"
)

// A page asks for items, nextToken and startedAt beside the fields of a record.
const pageFields = 3

// RecordFieldsMax is how many fields a model may have for clients that ask for all of them, with those of
// its embedded types, the timestamps and the metadata.
const RecordFieldsMax = FieldsPerRootMax - pageFields

// Servable reports the models whose records are too wide for the documents of our own client, with their
// numbers. Commands call it, so that it is told before anything is generated or served.
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
