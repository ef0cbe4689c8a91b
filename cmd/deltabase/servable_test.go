package main

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
)

// TestWideModel: codegen and dev read the schema by parseSchema, which names a model that is too wide.
func TestWideModel(t *testing.T) {
	var text strings.Builder
	text.WriteString("type Wide @model { id: ID!\n")
	for i := range server.RecordFieldsMax - 6 + 1 { // id, timestamps and metadata are six
		fmt.Fprintf(&text, "  f%d: String\n", i)
	}
	text.WriteString("}\n")
	want := fmt.Sprintf("schema.graphql: schema: Wide has %d fields", server.RecordFieldsMax+1)
	if _, err := parseSchema("schema.graphql", []byte(text.String()), io.Discard); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
	fits := strings.Replace(text.String(), "  f0: String\n", "", 1)
	if _, err := parseSchema("schema.graphql", []byte(fits), io.Discard); err != nil {
		t.Errorf("%d fields: %v", server.RecordFieldsMax, err)
	}
}
