package schema

import (
	"errors"
	"strconv"

	"github.com/deltabase/deltabase/record"
)

// RecordID is the identity text of a record: the key value itself for a single key field (a
// number's JSON text), for several the parts joined with "#" ("\" and "#" inside a part are
// escaped by "\"). An error, a *FieldError, names the missing or empty key field.
func (m *Model) RecordID(row record.Value) (string, error) {
	if len(m.Key) == 1 {
		return m.keyPart(row, m.Key[0])
	}
	var id []byte
	for i, name := range m.Key {
		part, err := m.keyPart(row, name)
		if err != nil {
			return "", err
		}
		id = AppendJoined(id, i, []byte(part))
	}
	return string(id), nil
}

func (m *Model) keyPart(row record.Value, name string) (string, error) {
	v := row.Field(name)
	switch v.Kind() {
	case record.Null, record.Missing:
		return "", &FieldError{Model: m.Name, Field: name, Reason: "Field " + name + " is required"}
	case record.String:
		if v.Unpaired() {
			return "", &FieldError{Model: m.Name, Field: name,
				Reason: "Field " + name + " holds half of a surrogate pair; a key must be Unicode text."}
		}
		part := v.Str()
		if part == "" {
			return "", &FieldError{Model: m.Name, Field: name, Reason: emptyKey}
		}
		return part, nil
	case record.Number:
		if n, ok := v.Int(); ok {
			return strconv.FormatInt(n, 10), nil // 1.0 and 1 are one key
		}
		return strconv.FormatFloat(v.Float(), 'g', -1, 64), nil
	case record.Bool:
		return v.String(), nil
	}
	return "", &FieldError{Model: m.Name, Field: name,
		Reason: "Field " + name + " is part of the key and cannot hold a list or an object."}
}

const emptyKey = "An index field cannot contain an empty string value"

// KeyFields is the reverse of RecordID: an object of the key fields.
func (m *Model) KeyFields(id string) (record.Value, error) {
	parts := []string{id}
	if len(m.Key) > 1 {
		parts = splitKey(id)
	}
	if len(parts) != len(m.Key) {
		return record.Value{}, errors.New("the identity " + strconv.Quote(id) + " has " +
			strconv.Itoa(len(parts)) + " parts, the key of " + m.Name + " has " + strconv.Itoa(len(m.Key)))
	}
	var b record.Builder
	for i, name := range m.Key {
		v, ok := m.keyValue(name, parts[i])
		if !ok {
			return record.Value{}, &FieldError{Model: m.Name, Field: name,
				Reason: "Field " + name + " of the key cannot be " + strconv.Quote(parts[i]) + "."}
		}
		b.Set(name, v)
	}
	return b.Object(), nil
}

func (m *Model) keyValue(name, part string) (record.Value, bool) {
	if part == "" {
		return record.Value{}, false
	}
	var kind record.Kind
	if f := m.Field(name); f != nil {
		switch f.Type.Scalar {
		case Int, Float, AWSTimestamp:
			kind = record.Number
		case Boolean:
			kind = record.Bool
		}
	}
	if kind == record.Missing {
		return record.OfString(part), true
	}
	v, err := record.Parse([]byte(part))
	return v, err == nil && v.Kind() == kind
}

func splitKey(id string) []string {
	var parts []string
	var part []byte
	for i := 0; i < len(id); i++ {
		switch {
		case id[i] == '\\' && i+1 < len(id):
			i++
			part = append(part, id[i])
		case id[i] == '#':
			parts = append(parts, string(part))
			part = part[:0]
		default:
			part = append(part, id[i])
		}
	}
	return append(parts, string(part))
}

// ForeignKey returns the key fields of the record that row points at through the relation f
// (BELONGS_TO, or HAS_ONE with its key here), Missing when one of the foreign keys is null or f
// has none.
func (s *Schema) ForeignKey(f *Field, row record.Value) record.Value {
	target := s.Model(f.Type.Model)
	if target == nil || f.Association == nil || f.Association.Kind == HasMany {
		return record.Value{}
	}
	names := f.Association.TargetNames
	if len(names) == 0 || len(names) != len(target.Key) {
		return record.Value{}
	}
	var b record.Builder
	for i, name := range names {
		v := row.Field(name)
		if v.IsNull() {
			return record.Value{}
		}
		b.Set(target.Key[i], v)
	}
	return b.Object()
}
