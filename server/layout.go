package server

import (
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server/form"
)

// A database notes which indexes it keeps: the fields of each and their kinds, and how far it is built. So a server can
// keep the keys of an index that only another server's schema has, and an index can be filled, or emptied, step by step
// while both servers run.

// keptState says how far an index is built.
type keptState string

const (
	keptBuilding keptState = "building" // rows get their keys when they change, and step by step
	keptReady    keptState = "ready"    // every row has its keys
	keptDropping keptState = "dropping" // keys are removed, and none are put
)

// keptIndex is an index that the database keeps.
type keptIndex struct {
	IndexName
	order index // its fields by name and kind
	state keptState
}

// layout is the content of a database's notes, as one server reads it.
type layout struct {
	text    string // Position.Layout
	kept    []*keptIndex
	byModel map[string][]*keptIndex // all but those that are being dropped
	of      map[*index]*keptIndex   // the server's own indexes; not those that are being dropped

	noted       bool                   // whether the forms were noted at all
	forms       map[string]*form.Model // forms of rows by model, including models that left the schema
	conversions []*conversion          // in the order in which they were made
	denied      map[string]bool        // models whose rows this server may no longer write
	unreadable  map[string]bool        // models whose rows it may not read either, because it would misread them
}

const (
	indexesNote = "indexes"
	schemaNote  = "schema"
)

// buildNote says up to which id an index is filled, and with how many rows.
func buildNote(name IndexName) string { return "index " + name.Model + "/" + name.Name }

// layoutAt is the layout of a transaction whose position is p.
func (s *Server) layoutAt(r Reader, p Position) (*layout, error) {
	if l := s.layout.Load(); l != nil && l.text == p.Layout {
		return l, nil
	}
	l, err := s.readLayout(r, p.Layout)
	if err == nil {
		s.layout.Store(l)
	}
	return l, err
}

func (s *Server) readLayout(r Reader, text string) (*layout, error) {
	note, err := r.Note(indexesNote)
	if err != nil {
		return nil, err
	}
	known, err := r.Note(schemaNote)
	if err != nil {
		return nil, err
	}
	var all []*keptIndex
	record.TrustString(note).Elements(func(_ int, v record.Value) bool {
		all = append(all, readKept(v))
		return true
	})
	l := s.indexes.laidOut(text, all)
	l.readForms(record.TrustString(known))
	for name, mine := range s.forms {
		recorded := l.forms[name]
		if recorded == nil {
			continue
		}
		l.denied[name] = !form.Within(mine, recorded)
		for _, f := range mine.Fields {
			if stored := recorded.Field(f.Name); stored != nil && !form.Readable(stored.Kind, f.Kind) {
				l.denied[name], l.unreadable[name] = true, true
			}
		}
	}
	return l, nil
}

func (l *layout) readForms(v record.Value) {
	l.noted = v.Exists()
	l.forms, l.denied, l.unreadable = map[string]*form.Model{}, map[string]bool{}, map[string]bool{}
	v.Field("models").Elements(func(_ int, one record.Value) bool {
		m := form.Read(one)
		l.forms[m.Name] = m
		return true
	})
	v.Field("conversions").Elements(func(_ int, one record.Value) bool {
		l.conversions = append(l.conversions, readConversion(one))
		return true
	})
}

func (l *layout) formsJSON() record.Value {
	var models, conversions record.ListBuilder
	for _, name := range slices.Sorted(maps.Keys(l.forms)) {
		models.Add(l.forms[name].JSON())
	}
	for _, c := range l.conversions {
		conversions.Add(c.json())
	}
	var b record.Builder
	b.Set("models", models.List())
	b.Set("conversions", conversions.List())
	return b.Object()
}

// check refuses to write rows of a model that another schema has taken over.
func (l *layout) check(model string) error {
	if !l.denied[model] {
		return nil
	}
	return otherSchema(model)
}

// readable refuses to read rows that hold values unknown to this server's schema.
func (l *layout) readable(model string) error {
	if l == nil || !l.unreadable[model] {
		return nil
	}
	return otherSchema(model)
}

func otherSchema(model string) error {
	return &StorageError{Code: StorageOtherSchema,
		Message: "another server with another schema of " + model + " has taken over the database; start this one again with the same schema"}
}

// laidOut finds the server's own indexes among those that the database keeps.
func (all *indexes) laidOut(text string, found []*keptIndex) *layout {
	l := &layout{text: text, kept: found, byModel: map[string][]*keptIndex{}, of: map[*index]*keptIndex{}}
	for _, k := range found {
		if k.state == keptDropping {
			continue
		}
		l.byModel[k.Model] = append(l.byModel[k.Model], k)
		for _, ix := range all.byModel[k.Model] {
			if l.of[ix] == nil && sameOrder(ix.fields, k.order.fields) {
				l.of[ix] = k
			}
		}
	}
	return l
}

func sameOrder(a, b []*schema.Field) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Name != b[i].Name || partKind(a[i]) != partKind(b[i]) {
			return false
		}
	}
	return true
}

// ready reports whether an index can be read.
func (l *layout) ready(ix *index) bool {
	k := l.of[ix]
	return k != nil && k.state == keptReady
}

var kindScalars = map[string]schema.Scalar{"i": schema.Int, "f": schema.Float, "b": schema.Boolean}

func readKept(v record.Value) *keptIndex {
	k := &keptIndex{IndexName: IndexName{Model: v.Field("model").Str(), Name: v.Field("name").Str()}, state: keptState(v.Field("state").Str())}
	v.Field("fields").Elements(func(_ int, pair record.Value) bool {
		f := &schema.Field{Type: schema.Type{Scalar: schema.String}}
		pair.Elements(func(i int, part record.Value) bool {
			if i == 0 {
				f.Name = part.Str()
			} else if scalar, ok := kindScalars[part.Str()]; ok {
				f.Type.Scalar = scalar
			}
			return true
		})
		k.order.fields = append(k.order.fields, f)
		return true
	})
	return k
}

func (k *keptIndex) json() record.Value {
	var b record.Builder
	b.SetString("model", k.Model)
	b.SetString("name", k.Name)
	var fields record.ListBuilder
	for _, f := range k.order.fields {
		var pair record.ListBuilder
		pair.AddString(f.Name)
		pair.AddString(string(partKind(f)))
		fields.Add(pair.List())
	}
	b.Set("fields", fields.List())
	b.SetString("state", string(k.state))
	return b.Object()
}

// writeLayout writes the notes of the layout, and gives the layout a new name.
func writeLayout(w Writer, l *layout) error {
	var list record.ListBuilder
	for _, k := range l.kept {
		list.Add(k.json())
	}
	indexes, forms := list.List().String(), l.formsJSON().String()
	if err := w.PutNote(indexesNote, indexes); err != nil {
		return err
	}
	if err := w.PutNote(schemaNote, forms); err != nil {
		return err
	}
	return w.SetLayout(layoutName(indexes + "\n" + forms))
}

func layoutName(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// changes are the index keys that a write adds and removes. ok is false when a key in one of the server's own indexes
// would be too long. In an index of another schema such a row is left out.
func (s *Server) keyChanges(l *layout, m *schema.Model, before Row, after record.Value) (changes []KeyChange, ok bool) {
	for _, k := range l.byModel[m.Name] {
		change := KeyChange{Index: k.Name, After: k.order.key(after)}
		if len(change.After) > IndexKeyBytesMax {
			if s.indexes.has(m, k) {
				return nil, false
			}
			change.After = ""
		}
		if before.Text != "" {
			change.Before = k.order.key(record.TrustString(before.Text))
		}
		if change.Before != change.After {
			changes = append(changes, change)
		}
	}
	return changes, true
}

func (all *indexes) has(m *schema.Model, k *keptIndex) bool {
	for _, ix := range all.byModel[m.Name] {
		if sameOrder(ix.fields, k.order.fields) {
			return true
		}
	}
	return false
}

// keysOf are all keys of a row. It leaves out keys that are too long, which rows from before an index existed may have.
func (l *layout) keysOf(row Row) []Key {
	var keys []Key
	for _, k := range l.byModel[row.Model] {
		if key := k.order.key(record.TrustString(row.Text)); key != "" && len(key) <= IndexKeyBytesMax {
			keys = append(keys, Key{k.Name, key})
		}
	}
	return keys
}

// freeName is a name for a new index. No index whose keys may still be stored has had that name.
func freeName(all []*keptIndex, ix *index) string {
	var text strings.Builder
	for _, f := range ix.fields {
		text.WriteString(f.Name + ":" + string(partKind(f)) + "\n")
	}
	sum := sha256.Sum256([]byte(text.String()))
	base := ix.name + "#" + base64.RawURLEncoding.EncodeToString(sum[:6])
	for n := 1; ; n++ {
		name := base
		if n > 1 {
			name += "." + strconv.Itoa(n)
		}
		taken := false
		for _, k := range all {
			taken = taken || k.Model == ix.model.Name && k.Name == name
		}
		if !taken {
			return name
		}
	}
}
