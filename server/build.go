package server

import (
	"errors"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server/form"
)

// arrange takes over the tables. It makes sure that the rows fit the schema, and compares the indexes that the tables
// keep with those of the schema. Maintain then fills new indexes, and empties those that no schema needs any more, both
// in steps.
func (s *Server) arrange() error {
	if err := s.nameLog(); err != nil {
		return err
	}
	done, err := s.arranged()
	for tries := 1; !done && err == nil; tries++ {
		var f *fitting
		if f, err = s.look(s.options.most()); err != nil {
			return err
		}
		if err = f.refused(&s.options); err != nil {
			return err
		}
		err = s.tables.Update(func(w Writer) error { return s.arrangeIn(w, f) })
		if errors.Is(err, errMoved) && tries < TakeOverTries {
			err = nil
			continue
		}
		done = true
	}
	if errors.Is(err, errMoved) {
		return &StorageError{Code: StorageBusy, Cause: err,
			Message: "other servers wrote faster than the rows could be compared with the schema; try again"}
	}
	if err == nil {
		_, err = s.arranged() // reads what was written
	}
	if err != nil {
		return err
	}
	for range StepsAtStart {
		if again, err := s.step(func(*layout) *conversion { return nil }, 0); err != nil || !again {
			return err
		}
	}
	return nil
}

// arranged reports whether there is nothing to do, which needs no writer.
func (s *Server) arranged() (done bool, err error) {
	err = s.tables.View(func(r Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		l, err := s.layoutAt(r, p)
		if err != nil || !l.noted || len(s.missing(l)) > 0 || len(s.foreign(l)) > 0 {
			return err
		}
		done = true
		for name, mine := range s.forms {
			before := l.forms[name]
			done = done && before != nil && len(before.Key) > 0 && form.Merge(before, mine).JSON().String() == before.JSON().String()
		}
		return nil
	})
	return done, err
}

// missing are the server's indexes that the tables do not keep yet.
func (s *Server) missing(l *layout) []*index {
	var missing []*index
	for _, m := range s.schema.Models {
		for _, ix := range s.indexes.byModel[m.Name] {
			if l.of[ix] == nil {
				missing = append(missing, ix)
			}
		}
	}
	return missing
}

// foreign are the indexes that the tables keep and the server's schema does not have.
func (s *Server) foreign(l *layout) []*keptIndex {
	var foreign []*keptIndex
	for _, k := range l.kept {
		if m := s.schema.Model(k.Model); k.state != keptDropping && (m == nil || !s.indexes.has(m, k)) {
			foreign = append(foreign, k)
		}
	}
	return foreign
}

func (s *Server) arrangeIn(w Writer, f *fitting) error {
	p, err := w.Position()
	if err != nil {
		return err
	}
	l, err := s.readLayout(w, p.Layout)
	if err != nil {
		return err
	}
	note, err := w.Note(indexesNote)
	if err != nil {
		return err
	}
	if note == "" {
		if l, err = s.adopt(w, p); err != nil {
			return err
		}
	}
	if err := f.take(s, w, p, l); err != nil {
		return err
	}
	for _, k := range s.foreign(l) {
		k.state = keptDropping
	}
	for _, ix := range s.missing(l) {
		k := &keptIndex{IndexName: IndexName{Model: ix.model.Name, Name: freeName(l.kept, ix)}, order: *ix, state: keptBuilding}
		if first, _, err := w.RowsByKey(k.Model, "", Span{Rows: 1, Bytes: 1}); err != nil {
			return err
		} else if len(first) == 0 {
			k.state = keptReady
		}
		l.kept = append(l.kept, k)
	}
	return writeLayout(w, l)
}

// adopt takes over a database that did not note its indexes. If they have the names of this schema's indexes, they are
// taken as complete. Otherwise nobody knows which fields they hold.
func (s *Server) adopt(w Writer, p Position) (*layout, error) {
	var all []*keptIndex
	mine := map[IndexName]bool{}
	if p.Layout == s.indexes.set && p.Layout != "" {
		for _, m := range s.schema.Models {
			for _, ix := range s.indexes.byModel[m.Name] {
				k := &keptIndex{IndexName: IndexName{Model: m.Name, Name: ix.name}, order: *ix, state: keptReady}
				all, mine[k.IndexName] = append(all, k), true
			}
		}
	}
	names, err := w.Indexes()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !mine[name] {
			all = append(all, &keptIndex{IndexName: name, state: keptDropping})
		}
	}
	l := s.indexes.laidOut(p.Layout, all)
	l.readForms(record.Value{})
	return l, nil
}

// Maintain does one step of the work that a new schema has left, in a transaction for which others wait some
// milliseconds at most; again is true while there is more. Each step begins where the last committed one ended, so the
// work may be interrupted at any time, and several servers may do steps at once. Hosts call it from their start on.
func (s *Server) Maintain(nowMs int64) (again bool, err error) {
	return s.step(s.unconverted, nowMs)
}

func (s *Server) step(rewriting func(*layout) *conversion, nowMs int64) (again bool, err error) {
	tables := s.unconvertedApart()
	var pending bool
	err = tables.View(func(r Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		l, err := s.layoutAt(r, p)
		pending = err == nil && (l.unfinished() != nil || rewriting(l) != nil)
		return err
	})
	if err != nil || !pending {
		return false, err
	}
	err = tables.Update(func(w Writer) error {
		p, err := w.Position()
		if err != nil {
			return err
		}
		l, err := s.readLayout(w, p.Layout) // a copy: the step changes it
		if err != nil {
			return err
		}
		k, c := l.unfinished(), rewriting(l)
		switch {
		case k != nil && k.state == keptBuilding:
			return fillStep(w, l, k)
		case c != nil:
			return s.rewriteStep(w, l, c, nowMs)
		case k != nil:
			return dropStep(w, l, k)
		}
		return nil
	})
	return err == nil, err
}

// unfinished is the index that needs the next step: first those being built.
func (l *layout) unfinished() *keptIndex {
	var found *keptIndex
	for _, k := range l.kept {
		if k.state == keptBuilding {
			return k
		}
		if k.state == keptDropping && found == nil {
			found = k
		}
	}
	return found
}

// fillStep puts the keys of some rows into an index. Rows that change meanwhile put their own keys.
func fillStep(w Writer, l *layout, k *keptIndex) error {
	after, done, err := progress(w, k.IndexName)
	if err != nil {
		return err
	}
	rows, more, err := w.RowsByKey(k.Model, after, Span{Rows: StepRows, Bytes: PageBytesMax})
	if err != nil {
		return err
	}
	for _, row := range l.convertedAll(rows) {
		after = row.ID
		key := k.order.key(record.TrustString(row.Text))
		if key == "" || len(key) > IndexKeyBytesMax {
			continue
		}
		if err := w.PutKeys(k.Model, row.ID, []KeyChange{{Index: k.Name, After: key}}); err != nil {
			return err
		}
	}
	if more {
		var note record.Builder
		note.SetString("after", after)
		note.SetInt("rows", done+int64(len(rows)))
		return w.PutNote(buildNote(k.IndexName), note.Object().String())
	}
	k.state = keptReady
	if err := w.PutNote(buildNote(k.IndexName), ""); err != nil {
		return err
	}
	return writeLayout(w, l)
}

// unfilled reports whether an index of a model is not complete yet.
func (s *Server) unfilled(l *layout, m *schema.Model) bool {
	return slices.ContainsFunc(s.indexes.byModel[m.Name], func(ix *index) bool { return !l.ready(ix) })
}

// progress says up to which id an index is filled, and with how many rows.
func progress(r Reader, name IndexName) (after string, rows int64, err error) {
	note, err := r.Note(buildNote(name))
	if err != nil || note == "" {
		return "", 0, err
	}
	v := record.TrustString(note)
	rows, _ = v.Field("rows").Int()
	return v.Field("after").Str(), rows, nil
}

func dropStep(w Writer, l *layout, k *keptIndex) error {
	removed, err := w.DropKeys(k.IndexName, StepRows)
	if err != nil || removed == StepRows {
		return err
	}
	l.kept = slices.DeleteFunc(l.kept, func(other *keptIndex) bool { return other == k })
	if err := w.PutNote(buildNote(k.IndexName), ""); err != nil {
		return err
	}
	return writeLayout(w, l)
}

// Unfinished says in sentences what Maintain still has to do.
func (s *Server) Unfinished() (left []string, err error) {
	err = s.apart().View(func(r Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		l, err := s.layoutAt(r, p)
		if err != nil {
			return err
		}
		for _, k := range l.kept {
			if k.state != keptBuilding {
				continue
			}
			_, rows, err := progress(r, k.IndexName)
			if err != nil {
				return err
			}
			left = append(left, "The index "+k.Name+" of "+k.Model+" is being built; it has "+strconv.FormatInt(rows, 10)+" rows.")
		}
		if c := s.unconverted(l); c != nil {
			note, err := r.Note(c.note())
			if err != nil {
				return err
			}
			behind := ""
			if after := record.TrustString(note).Field("after"); after.Exists() {
				behind = "; those up to " + after.String() + " are"
			}
			left = append(left, "The rows of "+c.model+" are being rewritten"+behind+".")
		}
		return nil
	})
	return left, err
}
