package schema

import (
	"slices"

	"github.com/deltabase/deltabase/record"
)

// Join says how a relation leads from a record to those of another model: to each whose Remote fields
// hold what its own Local fields hold, in their order, compared as identities are. So the number 1 and
// the text "1" are the same, and null, "" and what no key can be lead nowhere.
type Join struct {
	Target        *Model
	Local, Remote []string
}

// Join returns that of a model-typed field of m; ok is false when the schema does not say enough.
//
//	BELONGS_TO, HAS_ONE with its key here   the foreign key, and the key of the other model
//	HAS_MANY, HAS_ONE with its key there    the own key, and the foreign key in the other model
func (s *Schema) Join(m *Model, f *Field) (j Join, ok bool) {
	j.Target = s.Model(f.Type.Model)
	if j.Target == nil {
		return j, false
	}
	j.Local, j.Remote = m.Key, j.Target.Key
	if a := f.Association; a != nil {
		if len(a.TargetNames) > 0 {
			j.Local = a.TargetNames
		}
		if len(a.AssociatedWith) > 0 {
			j.Remote = a.AssociatedWith
		}
		if len(a.AssociatedWith) == 1 {
			if back := j.Target.Field(a.AssociatedWith[0]); back != nil && back.Association != nil && len(back.Association.TargetNames) > 0 {
				j.Remote = back.Association.TargetNames
			}
		}
	}
	return j, len(j.Local) == len(j.Remote)
}

// ByKey reports whether the relation leads to at most one record, which has the joined values as its key.
func (j Join) ByKey() bool {
	return slices.Equal(j.Remote, j.Target.Key)
}

// JoinText is what the named fields of a row are compared by in a Join, written as RecordID writes a key;
// ok is false when one of them can't be joined.
func JoinText(row record.Value, names []string) (text string, ok bool) {
	of := Model{Key: names}
	text, err := of.RecordID(row)
	return text, err == nil
}

// AppendJoined adds the i-th of several values to a JoinText, which is the text itself for a single one.
func AppendJoined(text []byte, i int, part []byte) []byte {
	if i > 0 {
		text = append(text, '#')
	}
	for _, b := range part {
		if b == '\\' || b == '#' {
			text = append(text, '\\')
		}
		text = append(text, b)
	}
	return text
}
