package schema

import (
	"errors"
	"os"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// FuzzLoad: no text makes Load panic; what it takes keeps its limits, is written and read again as
// the same schema, and answers everything that is asked of it.
func FuzzLoad(f *testing.F) {
	text, err := os.ReadFile("../sync/testdata/schema.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text, []byte(`{"id":"a","title":1,"blogPostsId":null}`))
	for _, seed := range []string{
		`{"version":"1","codegenVersion":"3.4.4","enums":{"E":{"name":"E","values":["A","B"]}},"nonModels":{"P":{"name":"P","fields":{"x":{"name":"x","isArray":true,"type":"Int","isRequired":true,"isArrayNullable":true,"attributes":[]},"q":{"name":"q","isArray":false,"type":{"nonModel":"Q"},"isRequired":false,"attributes":[]}}},"Q":{"name":"Q","fields":{}}},"models":{"M":{"name":"M","pluralName":"Ms","syncable":true,"attributes":[{"type":"model","properties":{"timestamps":{"createdAt":"made"}}},{"type":"key","properties":{"fields":["a","b"]}},{"type":"key","properties":{"name":"i","queryField":"byB","fields":["b","a"]}},{"type":"auth","properties":{"rules":[{"allow":"owner","ownerField":"owner","operations":["read"]}]}}],"fields":{"a":{"name":"a","isArray":false,"type":"ID","isRequired":true,"attributes":[]},"b":{"name":"b","isArray":false,"type":{"enum":"E"},"isRequired":true,"attributes":[]},"p":{"name":"p","isArray":true,"type":{"nonModel":"P"},"isRequired":false,"attributes":[]},"m":{"name":"m","isArray":false,"type":{"model":"M"},"isRequired":false,"attributes":[],"association":{"connectionType":"BELONGS_TO","targetNames":["mA","mB"]}}}}}}`,
		`{"codegenVersion":"2.9.0","models":{}}`, `{"version":1,"models":[]}`, `{}`, `null`,
	} {
		f.Add([]byte(seed), []byte(`{"a":"x","b":"A","p":[{"x":[1]}]}`))
	}
	f.Fuzz(func(t *testing.T, text, b []byte) {
		s, err := Load(text)
		if err != nil {
			var wrong *LoadError
			if !errors.As(err, &wrong) || wrong.Reason == "" {
				t.Fatalf("not a useful error: %v", err)
			}
			return
		}
		if len(s.Models) > ModelsMax {
			t.Fatalf("%d models", len(s.Models))
		}
		again, err := Load(s.JSON())
		if err != nil || again.Hash() != s.Hash() {
			t.Fatalf("written as %s, it is another one: %v", s.JSON(), err)
		}
		row, err := record.Parse(b)
		if err != nil {
			return
		}
		for _, m := range s.Order() {
			_ = s.Check(m, row, true)
			for _, name := range append(s.LookupFields(m), m.Key...) {
				if m.Field(name) == nil {
					t.Fatalf("%s has no field %s", m.Name, name)
				}
			}
			for _, field := range m.Fields {
				s.ForeignKey(field, row)
			}
			id, err := m.RecordID(row)
			if err != nil {
				continue
			}
			if keys, err := m.KeyFields(id); err != nil {
				t.Fatalf("the id %q of %s cannot be read: %v", id, b, err)
			} else if same, err := m.RecordID(keys); err != nil || same != id {
				t.Fatalf("the id %q of %s reads as %s, whose id is %q: %v", id, b, keys, same, err)
			}
		}
	})
}
