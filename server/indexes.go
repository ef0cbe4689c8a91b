package server

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// index is an order of a model's rows that the tables keep: that of an @index, of a primary key of several fields, or
// of a foreign key that a relation reads by.
type index struct {
	model  *schema.Model
	name   string // "" is the primary key's
	fields []*schema.Field
}

// indexes are all indexes of an app. set gives them the names that they had in databases before there was a layout.
type indexes struct {
	byModel map[string][]*index
	set     string
}

func indexesOf(s *schema.Schema) *indexes {
	all := &indexes{byModel: map[string][]*index{}}
	for _, m := range s.Models {
		if m.CustomKey && len(m.Key) > 1 {
			all.add(m, "", m.Key)
		}
		for _, declared := range m.Indexes {
			all.add(m, declared.Name, declared.Fields)
		}
	}
	for _, m := range s.Models {
		for _, f := range m.Fields {
			if keys := foreignKeyThere(s, m, f); len(keys) > 0 && all.forKeys(s.Model(f.Type.Model), keys) == nil {
				all.add(s.Model(f.Type.Model), "relation "+strings.Join(keys, " "), keys)
			}
		}
	}
	var text strings.Builder
	for _, m := range s.Models {
		for _, ix := range all.byModel[m.Name] {
			text.WriteString(m.Name + "\n" + ix.name)
			for _, f := range ix.fields {
				text.WriteString("\n" + f.Name + ":" + string(partKind(f)))
			}
			text.WriteString("\n\n")
		}
	}
	if text.Len() > 0 {
		sum := sha256.Sum256([]byte(text.String()))
		all.set = base64.RawURLEncoding.EncodeToString(sum[:12])
	}
	return all
}

func (all *indexes) add(m *schema.Model, name string, fields []string) {
	ix := &index{model: m, name: name}
	for _, field := range fields {
		ix.fields = append(ix.fields, m.Field(field))
	}
	all.byModel[m.Name] = append(all.byModel[m.Name], ix)
}

// named finds a declared index.
func (all *indexes) named(m *schema.Model, name string) *index {
	for _, ix := range all.byModel[m.Name] {
		if ix.name == name {
			return ix
		}
	}
	return nil
}

// forKeys finds an index that begins with the given fields: the shortest, and of equally short ones the first.
func (all *indexes) forKeys(m *schema.Model, names []string) *index {
	var found *index
	for _, ix := range all.byModel[m.Name] {
		if ix.beginsWith(names) && (found == nil || ix.name != "" && found.name == "") {
			found = ix
		}
	}
	return found
}

func (ix *index) beginsWith(names []string) bool {
	if len(ix.fields) < len(names) {
		return false
	}
	for i, name := range names {
		if ix.fields[i].Name != name {
			return false
		}
	}
	return true
}

// foreignKeyThere lists the fields of the other model that hold this model's key, for a relation whose key is stored
// there; nil for all other fields.
func foreignKeyThere(s *schema.Schema, m *schema.Model, f *schema.Field) []string {
	a := f.Association
	if a == nil || a.Kind == schema.BelongsTo || len(a.TargetNames) > 0 {
		return nil
	}
	keys := a.AssociatedWith
	if len(keys) == 1 {
		back := s.Model(f.Type.Model).Field(keys[0])
		if back != nil && back.Association != nil {
			keys = back.Association.TargetNames
		}
	}
	return keys[:min(len(keys), len(m.Key))]
}
