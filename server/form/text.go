package form

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// JSON writes a form in the text that Read reads.
func (m *Model) JSON() record.Value {
	var b record.Builder
	b.SetString("name", m.Name)
	b.Set("key", names(m.Key))
	b.Set("fields", fieldsJSON(m.Fields))
	return b.Object()
}

func names(list []string) record.Value {
	var b record.ListBuilder
	for _, one := range list {
		b.AddString(one)
	}
	return b.List()
}

func fieldsJSON(fields []Field) record.Value {
	var list record.ListBuilder
	for _, f := range fields {
		list.Add(f.json())
	}
	return list.List()
}

func (f *Field) json() record.Value {
	var b record.Builder
	b.SetString("name", f.Name)
	b.Set("default", f.Default)
	k := f.Kind
	b.SetString("type", k.Name)
	if k.Scalar != "" {
		b.SetString("scalar", string(k.Scalar))
	}
	if k.Enum != nil {
		b.Set("enum", names(k.Enum))
	}
	if k.Embedded != nil {
		b.Set("embedded", k.Embedded.JSON())
	}
	for _, flag := range k.flags() {
		if *flag.is {
			b.SetBool(flag.name, true)
		}
	}
	return b.Object()
}

type flag struct {
	name string
	is   *bool
}

func (k *Kind) flags() []flag {
	return []flag{{"any", &k.Any}, {"list", &k.List}, {"required", &k.Required}, {"nullable", &k.Nullable}}
}

// Read reads what JSON wrote.
func Read(v record.Value) *Model {
	m := &Model{Name: v.Field("name").Str(), Key: texts(v.Field("key"))}
	v.Field("fields").Elements(func(_ int, f record.Value) bool {
		m.Fields = append(m.Fields, readField(f))
		return true
	})
	return m
}

func readField(v record.Value) Field {
	k := Kind{Name: v.Field("type").Str(), Scalar: schema.Scalar(v.Field("scalar").Str()), Enum: texts(v.Field("enum"))}
	if below := v.Field("embedded"); below.Exists() {
		k.Embedded = Read(below)
	}
	for _, flag := range k.flags() {
		*flag.is = v.Field(flag.name).Bool()
	}
	return Field{Name: v.Field("name").Str(), Kind: k, Default: v.Field("default")}
}

func texts(v record.Value) (list []string) {
	v.Elements(func(_ int, one record.Value) bool {
		list = append(list, one.Str())
		return true
	})
	return list
}

// ChangesJSON writes the changes that Convert makes; ReadChanges reads them.
func ChangesJSON(changes []Change) record.Value {
	var fields []Field
	for _, c := range changes {
		fields = append(fields, Field{Name: c.Field, Kind: c.To, Default: c.Default})
	}
	return fieldsJSON(fields)
}

// ReadChanges reads the text of ChangesJSON: the new kind of each field, without the old one.
func ReadChanges(v record.Value) (changes []Change) {
	v.Elements(func(_ int, one record.Value) bool {
		f := readField(one)
		changes = append(changes, Change{Field: f.Name, To: f.Kind, Default: f.Default})
		return true
	})
	return changes
}
