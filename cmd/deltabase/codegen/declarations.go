package codegen

import (
	"bytes"
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// declarations writes index.d.ts.
func declarations(s *schema.Schema) []byte {
	var body bytes.Buffer
	used := map[string]bool{"PersistentModelConstructor": true, "__modelMeta__": true}
	for _, e := range s.Enums {
		body.WriteString("\nexport enum " + e.Name + " {\n")
		for i, value := range e.Values {
			body.WriteString("  " + value + ` = "` + value + `"`)
			if i < len(e.Values)-1 {
				body.WriteByte(',')
			}
			body.WriteByte('\n')
		}
		body.WriteString("}\n")
	}
	for _, n := range s.NonModels {
		body.WriteString("\nexport declare type " + n.Name + " = {\n")
		writeFields(&body, n.Fields, used)
		body.WriteString("}\n\nexport declare const " + n.Name + ": (new (init: " + n.Name + ") => " + n.Name + ")\n")
	}
	for _, m := range s.Models {
		writeModel(&body, m, used)
	}
	var b bytes.Buffer
	if len(s.Models) > 0 {
		b.WriteString("import type { " + imports(used) + " } from 'deltabase';\n")
	}
	b.Write(body.Bytes())
	return b.Bytes()
}

func imports(used map[string]bool) string {
	var names []string
	for _, name := range []string{"PersistentModelConstructor", "__modelMeta__", "ManagedIdentifier", "OptionallyManagedIdentifier",
		"CustomIdentifier", "CompositeIdentifier", "AsyncCollection"} {
		if used[name] {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func writeModel(b *bytes.Buffer, m *schema.Model, used map[string]bool) {
	kind, fields := identifier(m)
	used[kind] = true
	b.WriteString("\nexport declare type " + m.Name + " = {\n")
	b.WriteString("  readonly [__modelMeta__]: {\n    identifier: " + kind + "<" + m.Name + ", " + fields + ">;\n")
	b.WriteString("    readOnlyFields: " + readOnly(m) + ";\n  };\n")
	writeFields(b, withoutDemand(m), used)
	b.WriteString("}\n\nexport declare const " + m.Name + ": PersistentModelConstructor<" + m.Name + ">\n")
}

// identifier says who gives a record its key: the engine, either side, or always the app.
func identifier(m *schema.Model) (kind, fields string) {
	first := "'" + m.Key[0] + "'"
	switch {
	case len(m.Key) > 1:
		return "CompositeIdentifier", "['" + strings.Join(m.Key, "', '") + "']"
	case !m.CustomKey:
		return "ManagedIdentifier", first
	case m.Key[0] == "id":
		return "OptionallyManagedIdentifier", first
	}
	return "CustomIdentifier", first
}

func readOnly(m *schema.Model) string {
	var names []string
	for _, f := range m.Fields {
		if f.ReadOnly {
			names = append(names, "'"+f.Name+"'")
		}
	}
	if len(names) == 0 {
		return "never"
	}
	return strings.Join(names, " | ")
}

// withoutDemand makes optional what no constructor has to be given: declared timestamps, which the server
// sets, and the foreign keys of a relation that has to be given itself (a join model is made of its two
// records). Foreign keys that no field declares are listed as well.
func withoutDemand(m *schema.Model) []*schema.Field {
	implied := map[string]bool{}
	for _, f := range m.Fields {
		if a := f.Association; a != nil && f.Required {
			for _, name := range a.TargetNames {
				implied[name] = !m.IsKey(name)
			}
		}
	}
	fields := append([]*schema.Field(nil), m.Fields...)
	for _, f := range m.Implied() {
		fields = append(fields, f)
		implied[f.Name] = true
	}
	for i, f := range fields {
		if f.Required && (f.Name == m.CreatedAt || f.Name == m.UpdatedAt || implied[f.Name]) {
			optional := *f
			optional.Required = false
			fields[i] = &optional
		}
	}
	return fields
}

func writeFields(b *bytes.Buffer, fields []*schema.Field, used map[string]bool) {
	for _, f := range fields {
		b.WriteString("  readonly " + f.Name)
		switch {
		case f.Association != nil && f.Association.Kind == schema.HasMany:
			used["AsyncCollection"] = true
			b.WriteString(": AsyncCollection<" + f.Type.Model + ">")
		case f.Association != nil:
			b.WriteString(": Promise<" + f.Type.Model + " | undefined>")
		default:
			b.WriteString(fieldType(f))
		}
		b.WriteString(";\n")
	}
}

func fieldType(f *schema.Field) string {
	name := typeName(f.Type)
	nullable := !f.Required
	if f.Array {
		if nullable {
			name += " | null"
		}
		if strings.Contains(name, " ") {
			name = "(" + name + ")"
		}
		name += "[]"
		nullable = f.ArrayNullable
	}
	if nullable {
		return "?: " + name + " | null"
	}
	return ": " + name
}

func typeName(t schema.Type) string {
	switch {
	case t.Enum != "":
		return t.Enum + " | keyof typeof " + t.Enum
	case t.NonModel != "":
		return t.NonModel
	}
	switch t.Scalar {
	case schema.Int, schema.Float, schema.AWSTimestamp:
		return "number"
	case schema.Boolean:
		return "boolean"
	case schema.AWSJSON:
		return "any" // read as the value that the JSON text holds
	}
	return "string"
}
