package appsync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
)

// Selection is the selection set that a client asks for of a model: stored fields with foreign keys and timestamps, the
// fields of embedded types at every level, and metadata, in braces. It does not ask for related models, whose keys are
// among the stored fields.
func Selection(s *schema.Schema, m *schema.Model) string {
	w := selection{schema: s, text: []byte{'{'}}
	w.fields(m.Stored(), embeddedDepthMax)
	for _, name := range []string{m.CreatedAt, m.UpdatedAt} {
		if name != "" && m.Field(name) == nil {
			w.name(name)
		}
	}
	for _, name := range m.UndeclaredOwners() {
		w.name(name)
	}
	for _, name := range []string{conflict.VersionField, conflict.ChangedAtField, conflict.DeletedField} {
		if m.Field(name) == nil {
			w.name(name)
		}
	}
	return string(append(w.text, '}'))
}

type selection struct {
	schema *schema.Schema
	text   []byte
}

func (w *selection) name(name string) {
	if w.text[len(w.text)-1] != '{' {
		w.text = append(w.text, ' ')
	}
	w.text = append(w.text, name...)
}

// fields writes the stored fields. depth ends embedded types that contain themselves.
func (w *selection) fields(fields []*schema.Field, depth int) {
	for _, f := range fields {
		if f.Type.NonModel == "" {
			if f.Type.Model == "" {
				w.name(f.Name)
			}
			continue
		}
		n := w.schema.NonModel(f.Type.NonModel)
		if n == nil || depth == 0 {
			continue
		}
		before := len(w.text)
		w.name(f.Name)
		w.text = append(w.text, '{')
		w.fields(n.Fields, depth-1)
		if w.text[len(w.text)-1] == '{' {
			w.text = w.text[:before] // none of its fields can be asked for
			continue
		}
		w.text = append(w.text, '}')
	}
}

// SelectionFields counts the fields of Selection, including those of embedded types. It looks at each embedded type
// once for each depth, however often the type is used.
func SelectionFields(s *schema.Schema, m *schema.Model) int {
	c := counting{schema: s, known: map[countedType]int{}}
	n := c.fields(m.Stored(), embeddedDepthMax) + len(m.UndeclaredOwners())
	for _, name := range []string{m.CreatedAt, m.UpdatedAt, conflict.VersionField, conflict.ChangedAtField, conflict.DeletedField} {
		if name != "" && m.Field(name) == nil {
			n++
		}
	}
	return n
}

// countedMax keeps the sums of types that contain one another from overflowing.
const countedMax = 1_000_000

type countedType struct {
	name  string
	depth int
}

type counting struct {
	schema *schema.Schema
	known  map[countedType]int
}

// fields counts what selection.fields writes.
func (c *counting) fields(fields []*schema.Field, depth int) int {
	n := 0
	for _, f := range fields {
		switch {
		case f.Type.NonModel != "":
			if below := c.embedded(f.Type.NonModel, depth); below > 0 {
				n += 1 + below
			}
		case f.Type.Model == "":
			n++
		}
		n = min(n, countedMax)
	}
	return n
}

func (c *counting) embedded(name string, depth int) int {
	t := c.schema.NonModel(name)
	if t == nil || depth == 0 {
		return 0
	}
	key := countedType{name, depth}
	n, ok := c.known[key]
	if !ok {
		n = c.fields(t.Fields, depth-1)
		c.known[key] = n
	}
	return n
}
