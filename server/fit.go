package server

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server/form"
)

// A database records the form of each model's rows. When a server is made, the recorded form is compared with its
// schema. A change that every possible row allows is accepted at once. Otherwise the server looks at the rows, page by
// page, and once more at those that changed meanwhile, before it records the new form in a short transaction.

func formsOf(s *schema.Schema) map[string]*form.Model {
	forms := map[string]*form.Model{}
	for _, m := range s.Models {
		forms[m.Name] = form.Of(s, m)
	}
	return forms
}

// look is what is known about one model's rows.
type look struct {
	server  *Server
	model   *schema.Model
	form    *form.Model // the form that is wanted
	before  *form.Model // the form that is recorded; nil when none is
	changes []form.Change
	found   []Change // of the same places
	seq     int64    // all rows up to this position were looked at
	extra   map[string]bool
}

const lookedNote = "looked" // followed by a model; holds the result of a look, so that it need not be repeated

// fitting is what has to be decided before a schema is accepted.
type fitting struct {
	layout string // the layout on which it was found
	looks  []*look
}

// fit compares the schema with the recorded forms. It looks at the rows of models for which that is not enough.
func (s *Server) fit(r Reader) (*fitting, error) {
	p, err := r.Position()
	if err != nil {
		return nil, err
	}
	l, err := s.layoutAt(r, p)
	if err != nil {
		return nil, err
	}
	f := &fitting{layout: p.Layout}
	for _, m := range s.schema.Models {
		k := &look{server: s, model: m, form: s.forms[m.Name], before: l.forms[m.Name], extra: map[string]bool{}}
		if k.known() {
			k.changes = form.Compare(k.before, k.form)
		} else if first, _, err := r.RowsByKey(m.Name, "", Span{Rows: 1, Bytes: 1}); err != nil {
			return nil, err
		} else if len(first) > 0 {
			k.changes = append([]form.Change{{To: form.Kind{Name: strings.Join(m.Key, ", ")}}}, form.Everything(k.form)...)
		}
		if len(k.changes) == 0 {
			continue
		}
		for _, c := range k.changes {
			k.found = append(k.found, Change{Model: m.Name, Field: c.Field, From: c.From.String(), To: c.To.String()})
		}
		f.looks = append(f.looks, k)
	}
	return f, nil
}

func (k *look) known() bool { return k.before != nil && len(k.before.Key) > 0 }

// rows looks at all rows of the model. Each page is a transaction of its own, so that no long one keeps the log from
// being shortened. With a limit, a model with more rows than that is counted instead.
func (k *look) rows(tables Tables, layout string, most int64) error {
	again := false
	err := tables.View(func(r Reader) (err error) {
		if again, err = k.recall(r, layout); err != nil || again {
			return err
		}
		p, err := r.Position()
		k.seq = p.Seq
		if counter, ok := r.(Counter); ok && err == nil && most > 0 && k.known() {
			if n, err := counter.Count(k.model.Name); err == nil && n > most {
				for i := range k.found {
					k.found[i].Unlooked = n
				}
			}
		}
		return err
	})
	if err != nil || again || k.found[0].Unlooked > 0 {
		return err
	}
	after := ""
	for more := true; more && err == nil; {
		err = tables.View(func(r Reader) error {
			rows, further, err := r.RowsByKey(k.model.Name, after, Span{Rows: PageRowsMax, Bytes: PageBytesMax})
			for _, row := range rows {
				k.compare(row)
				after = row.ID
			}
			more = further
			return err
		})
	}
	return err
}

// catchUp looks at rows that changed since, up to a limit, and reports whether there are more.
func (k *look) catchUp(r Reader, most int) (more bool, err error) {
	if k.found[0].Unlooked > 0 {
		return false, nil
	}
	rows, more, err := r.RowsSince(k.model.Name, k.seq, Span{Rows: most, Bytes: PageBytesMax})
	for _, row := range rows {
		k.compare(row)
		k.seq = row.Seq
	}
	return more, err
}

func (k *look) compare(row Row) {
	value := record.TrustString(row.Text)
	fields := record.IndexOf(value)
	var b record.Builder
	last := -1
	for i, c := range k.changes {
		if c.Field == "" {
			if id, err := k.model.RecordID(value); err != nil || id != row.ID {
				k.unfit(i, row.ID)
				return
			}
			continue
		}
		if row.Deleted {
			continue
		}
		before := fields.Field(c.Field)
		if after, ok := c.Value(before); !ok {
			k.unfit(i, row.ID)
		} else if after.String() != before.String() {
			k.found[i].Converts++
			b.Set(c.Field, after)
			last = i
		}
	}
	if last >= 0 && !k.server.storable(k.model, record.Overlay(value, b.Object())) {
		k.found[last].Converts--
		k.unfit(last, row.ID)
	}
	if k.before == nil {
		value.Fields(func(name string, _ record.Value) bool {
			if k.form.Field(name) == nil && !strings.HasPrefix(name, "_") && len(k.extra) < schema.FieldsMax {
				k.extra[name] = true
			}
			return true
		})
	}
}

// storable reports whether a converted row stays within the limits of rows.
func (s *Server) storable(m *schema.Model, row record.Value) bool {
	if len(row.Text())+stampBytes > RecordBytesMax {
		return false
	}
	return !slices.ContainsFunc(s.indexes.byModel[m.Name], func(ix *index) bool { return len(ix.key(row)) > IndexKeyBytesMax })
}

const stampBytes = 100 // by so much a later version and time may be longer

func (k *look) unfit(i int, id string) {
	k.found[i].Unfit++
	if len(k.found[i].Examples) < ExamplesMax && !slices.Contains(k.found[i].Examples, id) {
		k.found[i].Examples = append(k.found[i].Examples, id)
	}
}

// sum is the result for models whose rows do not fit.
func (f *fitting) sum() (found []Change) {
	for _, k := range f.looks {
		for _, c := range k.found {
			if c.Converts > 0 || c.Unfit > 0 || c.Unlooked > 0 {
				found = append(found, c)
			}
		}
	}
	return found
}

// refused is nil when the options allow the schema to be accepted.
func (f *fitting) refused(o *Options) error {
	found := f.sum()
	if len(found) == 0 || o.Unfit {
		return nil
	}
	e := &SchemaError{Changes: found}
	looked := !slices.ContainsFunc(found, func(c Change) bool { return c.Unlooked > 0 })
	if o.Convert && looked && e.Convertible() {
		return nil
	}
	return e
}

// remember stores the result of a look. It is valid as long as the layout stays the same.
func (k *look) remember(w Writer, layout string) error {
	var b record.Builder
	b.SetString("layout", layout)
	b.Set("form", k.form.JSON())
	b.SetInt("seq", k.seq)
	var counts record.ListBuilder
	for _, c := range k.found {
		counts.Add(record.OfInt(int64(c.Converts)))
	}
	b.Set("converts", counts.List())
	b.Set("extra", form.ChangesJSON(extraFields(k.extra)))
	return w.PutNote(lookedNote+" "+k.model.Name, b.Object().String())
}

func extraFields(names map[string]bool) (fields []form.Change) {
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fields = append(fields, form.Change{Field: name, To: form.Kind{Any: true}})
	}
	return fields
}

func (k *look) recall(r Reader, layout string) (ok bool, err error) {
	note, err := r.Note(lookedNote + " " + k.model.Name)
	if err != nil || note == "" {
		return false, err
	}
	v := record.TrustString(note)
	if v.Field("layout").Str() != layout || v.Field("form").String() != k.form.JSON().String() || v.Field("converts").Len() != len(k.found) {
		return false, nil
	}
	k.seq, _ = v.Field("seq").Int()
	v.Field("converts").Elements(func(i int, one record.Value) bool {
		n, _ := one.Int()
		k.found[i].Converts = int(n)
		return true
	})
	for _, c := range form.ReadChanges(v.Field("extra")) {
		k.extra[c.Field] = true
	}
	return true, nil
}

// Survey looks at all rows that a schema may not fit, while servers may run, and lists what it found, including changes
// that all rows fit. When everything that does not fit can be converted, it stores the result, so that a server made
// next with Options.Convert only has to look at what changed since.
func Survey(s *schema.Schema, tables Tables) ([]Change, error) {
	looking := assemble(&Server{schema: s, indexes: indexesOf(s), forms: formsOf(s)}, Options{}, tables)
	f, err := looking.look(0)
	if err != nil {
		return nil, err
	}
	var found []Change
	for _, k := range f.looks {
		for _, c := range k.found {
			if k.known() || c.Converts > 0 || c.Unfit > 0 {
				found = append(found, c)
			}
		}
	}
	if len(f.looks) == 0 || !(&SchemaError{Changes: found}).Convertible() {
		return found, nil
	}
	return found, tables.Update(func(w Writer) error {
		for _, k := range f.looks {
			if err := k.remember(w, f.layout); err != nil {
				return err
			}
		}
		return nil
	})
}

// look examines rows outside of the transaction in which the decision is made.
func (s *Server) look(most int64) (f *fitting, err error) {
	err = s.tables.View(func(r Reader) error {
		f, err = s.fit(r)
		return err
	})
	if err != nil {
		return nil, err
	}
	tables := convertingTables{s.tables, s}
	for _, k := range f.looks {
		if err := k.rows(tables, f.layout, most); err != nil {
			return nil, err
		}
		for more := true; more; {
			err := tables.View(func(r Reader) (err error) {
				more, err = k.catchUp(r, PageRowsMax)
				return err
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

var errMoved = errors.New("server: the rows changed while they were looked at")

// take records the form of the schema, in the transaction that looks at the last rows.
func (f *fitting) take(s *Server, w Writer, p Position, l *layout) error {
	if p.Layout != f.layout {
		return errMoved
	}
	for _, k := range f.looks {
		if more, err := k.catchUp(s.writing(w), StepRows); err != nil {
			return err
		} else if more {
			return errMoved
		}
	}
	if err := f.refused(&s.options); err != nil {
		return err
	}
	for _, m := range s.schema.Models {
		before := l.forms[m.Name]
		if before == nil {
			before = &form.Model{}
		}
		l.forms[m.Name] = form.Merge(before, s.forms[m.Name])
	}
	for _, k := range f.looks {
		if converts := k.record(&s.options, l); converts != nil {
			converts.seq = p.Seq
			l.conversions = append(l.conversions, converts)
			if err := w.PutNote(converts.note(), ""); err != nil { // rewritten rows have to be looked at again
				return err
			}
		}
		if err := w.PutNote(lookedNote+" "+k.model.Name, ""); err != nil {
			return err
		}
	}
	if len(l.conversions) > ConversionsMax {
		return &StorageError{Code: StorageUnavailable, Message: fmt.Sprintf(
			"the rows were converted %d times within the time that deletions are kept; wait until these have expired", ConversionsMax)}
	}
	return nil
}

// record stores the result of a look. Fields with rows that are served as they are become unknown. Rows that are to be
// converted are from now on read in the form of the schema.
func (k *look) record(o *Options, l *layout) *conversion {
	now := l.forms[k.model.Name]
	for name := range k.extra {
		if now.Field(name) == nil {
			now.Fields = append(now.Fields, form.Field{Name: name, Kind: form.Kind{Any: true}})
		}
	}
	converts := false
	for i, c := range k.found {
		bad := c.Unfit > 0 || c.Unlooked > 0 || c.Converts > 0 && !o.Convert
		switch {
		case bad && c.Field == "":
			now.Key = nil
		case bad:
			now.Field(k.changes[i].Field).Kind = form.Kind{Any: true}
		case c.Converts > 0:
			converts = true
		}
	}
	if !converts {
		return nil
	}
	c := &conversion{model: k.model.Name}
	for i, change := range k.changes {
		if change.Field != "" && k.found[i].Unfit == 0 && k.found[i].Unlooked == 0 {
			c.changes = append(c.changes, change)
		}
	}
	return c
}
