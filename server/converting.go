package server

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server/form"
)

// conversion is a change of a model's fields that affects stored rows. Rows, log entries and results of mutations from
// before it are converted when they are read, until they are rewritten or have expired.
type conversion struct {
	model   string
	seq     int64 // of the last change before it
	changes []form.Change
	done    bool // every live row was rewritten
}

func (c *conversion) json() record.Value {
	var b record.Builder
	b.SetString("model", c.model)
	b.SetInt("seq", c.seq)
	b.Set("fields", form.ChangesJSON(c.changes))
	b.SetBool("done", c.done)
	return b.Object()
}

func readConversion(v record.Value) *conversion {
	c := &conversion{model: v.Field("model").Str(), changes: form.ReadChanges(v.Field("fields")), done: v.Field("done").Bool()}
	c.seq, _ = v.Field("seq").Int()
	return c
}

// converted is a row after the last conversion.
func (l *layout) converted(row Row) Row {
	var value record.Value
	for _, c := range l.conversions {
		if row.Seq > c.seq || c.model != row.Model {
			continue
		}
		if !value.Exists() {
			value = record.TrustString(row.Text)
		}
		value = form.Best(value, c.changes)
	}
	if value.Exists() {
		row.Text = value.String()
	}
	return row
}

func (l *layout) convertedAll(rows []Row) []Row {
	for i := range rows {
		rows[i] = l.converted(rows[i])
	}
	return rows
}

func (l *layout) convertedEntries(entries []Entry) []Entry {
	for i := range entries {
		entries[i].Row = l.converted(entries[i].Row)
	}
	return entries
}

// convertingTables are tables that convert rows to the schema when they are read.
type convertingTables struct {
	Tables
	server *Server
}

func (t convertingTables) View(f func(Reader) error) error {
	return t.Tables.View(func(r Reader) error { return f(t.server.reading(r)) })
}

func (t convertingTables) Update(f func(Writer) error) error {
	return t.Tables.Update(func(w Writer) error { return f(t.server.writing(w)) })
}

func (s *Server) reading(r Reader) Reader {
	if l := s.layout.Load(); l != nil && len(l.conversions) > 0 {
		return convertingReader{r, l}
	}
	return r
}

func (s *Server) writing(w Writer) Writer {
	if l := s.layout.Load(); l != nil && len(l.conversions) > 0 {
		return convertingWriter{convertingReader{w, l}, w}
	}
	return w
}

type convertingReader struct {
	Reader
	layout *layout
}

func (r convertingReader) Row(model, id string) (Row, bool, error) {
	row, ok, err := r.Reader.Row(model, id)
	if ok {
		row = r.layout.converted(row)
	}
	return row, ok, err
}

func (r convertingReader) RowsByKey(model, after string, span Span) ([]Row, bool, error) {
	rows, more, err := r.Reader.RowsByKey(model, after, span)
	return r.layout.convertedAll(rows), more, err
}

func (r convertingReader) RowsByIndex(model string, keys KeyRange, span Span) ([]Row, bool, error) {
	rows, more, err := r.Reader.RowsByIndex(model, keys, span)
	return r.layout.convertedAll(rows), more, err
}

func (r convertingReader) RowsSince(model string, afterSeq int64, span Span) ([]Row, bool, error) {
	rows, more, err := r.Reader.RowsSince(model, afterSeq, span)
	return r.layout.convertedAll(rows), more, err
}

func (r convertingReader) ChangesSince(model string, fromMs, afterSeq int64, span Span) ([]Entry, bool, error) {
	entries, more, err := r.Reader.ChangesSince(model, fromMs, afterSeq, span)
	return r.layout.convertedEntries(entries), more, err
}

func (r convertingReader) Log(afterSeq int64, span Span) ([]Entry, bool, error) {
	entries, more, err := r.Reader.Log(afterSeq, span)
	return r.layout.convertedEntries(entries), more, err
}

func (r convertingReader) Applied(mutationID string) (Applied, bool, error) {
	a, ok, err := r.Reader.Applied(mutationID)
	if ok {
		a.Row = r.layout.converted(a.Row)
	}
	return a, ok, err
}

// Count implements Counter.
func (r convertingReader) Count(model string) (int64, error) {
	counter, ok := r.Reader.(Counter)
	if !ok {
		return 0, errNoCount
	}
	return counter.Count(model)
}

// convertingWriter writes as the inner one does and reads what it converts.
type convertingWriter struct {
	convertingReader
	inner Writer
}

func (w convertingWriter) Advance(nowMs int64) (Position, error) { return w.inner.Advance(nowMs) }
func (w convertingWriter) Touch(nowMs int64) (Position, error)   { return w.inner.Touch(nowMs) }
func (w convertingWriter) Write(entry Entry) error               { return w.inner.Write(entry) }
func (w convertingWriter) PutKeys(model, id string, changes []KeyChange) error {
	return w.inner.PutKeys(model, id, changes)
}
func (w convertingWriter) DropKeys(index IndexName, most int) (int, error) {
	return w.inner.DropKeys(index, most)
}
func (w convertingWriter) PutNote(name, text string) error           { return w.inner.PutNote(name, text) }
func (w convertingWriter) SetLayout(layout string) error             { return w.inner.SetLayout(layout) }
func (w convertingWriter) Remember(applied Applied) error            { return w.inner.Remember(applied) }
func (w convertingWriter) Purge(bounds PurgeBounds) (n int, e error) { return w.inner.Purge(bounds) }

// unconverted is the conversion whose rows are to be rewritten next; nil when there is none that this server knows.
func (s *Server) unconverted(l *layout) *conversion {
	for _, c := range l.conversions {
		if !c.done && s.schema.Model(c.model) != nil && !l.denied[c.model] {
			return c
		}
	}
	return nil
}

func (c *conversion) note() string { return "rewrite " + c.model }

// rewriteStep gives some of the rows that a conversion changes a new version. So clients get the new value, and a
// change that they made on the old one meets the new version as a conflict.
func (s *Server) rewriteStep(w Writer, l *layout, c *conversion, nowMs int64) error {
	m := s.schema.Model(c.model)
	note, err := w.Note(c.note())
	if err != nil {
		return err
	}
	after := record.TrustString(note).Field("after").Str()
	rows, more, err := w.RowsByKey(c.model, after, Span{Rows: RewriteRows, Bytes: PageBytesMax})
	if err != nil {
		return err
	}
	for _, row := range rows {
		after = row.ID
		if now := l.converted(row); !row.Deleted && now.Text != row.Text {
			if err := s.rewrite(w, l, row, now, nowMs); err != nil {
				return err
			}
		}
	}
	if more {
		var b record.Builder
		b.SetString("after", after)
		return w.PutNote(c.note(), b.Object().String())
	}
	for _, other := range l.conversions { // of this model: a row went through all of them
		other.done = other.done || other.model == m.Name
	}
	if err := w.PutNote(c.note(), ""); err != nil {
		return err
	}
	return writeLayout(w, l)
}

// rewrite replaces a stored row by its converted form.
func (s *Server) rewrite(w Writer, l *layout, stored, now Row, nowMs int64) error {
	m := s.schema.Model(now.Model)
	p, err := w.Advance(nowMs)
	if err != nil {
		return err
	}
	version := s.log.nextVersion(stored)
	value := conflict.WithStamp(record.TrustString(now.Text), conflict.Stamp{Version: version, ChangedAt: p.ChangedAt})
	keys, _ := s.keyChanges(l, m, now, value) // the keys are those of the row as it is read
	next := Row{Model: now.Model, ID: now.ID, Version: version, ChangedAt: p.ChangedAt, Seq: p.Seq,
		Text: string(value.Text()), Past: pastOf(m, stored, value, p.Seq)}
	if err := w.Write(Entry{Operation: conflict.Update, Row: next}); err != nil {
		return err
	}
	return w.PutKeys(now.Model, now.ID, keys)
}

// expired are the conversions before which nothing was written that is still stored.
func (l *layout) expired(throughSeq int64) (left []*conversion, some bool) {
	for _, c := range l.conversions {
		if c.done && c.seq <= throughSeq {
			some = true
		} else {
			left = append(left, c)
		}
	}
	return left, some
}

// forget drops conversions when all rows from before them were purged.
func (s *Server) forget(w Writer, p Position, throughSeq int64) error {
	l, err := s.layoutAt(w, p)
	if err != nil {
		return err
	}
	if _, some := l.expired(throughSeq); !some {
		return nil
	}
	if l, err = s.readLayout(w, p.Layout); err != nil { // a copy
		return err
	}
	l.conversions, _ = l.expired(throughSeq)
	return writeLayout(w, l)
}
