package server

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// write stamps the row, writes it with its log entry, and remembers the mutation id.
func (x *execution) write(w Writer, mu *mutation, before Row, row record.Value) (record.Value, error) {
	stamp := conflict.Stamp{Version: x.server.log.nextVersion(before), ChangedAt: x.call.NowMs, Deleted: mu.operation == conflict.Delete}
	size := len(row.Text())
	if size > RecordBytesMax-schema.RecordAddedBytes { // it may be too long
		size = len(conflict.WithStamp(row, stamp).Text())
	}
	if size > RecordBytesMax {
		return row, refuse(appsync.BadRequest, "The record would have %d bytes; at most %d are stored.", size, RecordBytesMax)
	}
	known := x.server.layout.Load()
	keys, ok := x.server.keyChanges(known, mu.model, before, row)
	if !ok {
		return row, refuse(appsync.BadRequest, "The fields of an index have at most %d bytes together.", IndexKeyBytesMax)
	}
	p, err := w.Advance(x.call.NowMs)
	if err != nil {
		return row, err
	}
	l, err := x.server.layoutAt(w, p)
	if err == nil {
		err = l.check(mu.model.Name)
	}
	if err != nil {
		return row, err
	}
	if l != known {
		keys, _ = x.server.keyChanges(l, mu.model, before, row) // the server's own keys were short enough
	}
	stamp.ChangedAt = p.ChangedAt
	row = conflict.WithStamp(row, stamp)
	entry := Entry{Operation: mu.operation, Row: Row{
		Model: mu.model.Name, ID: mu.recordID, Version: stamp.Version, ChangedAt: stamp.ChangedAt,
		Deleted: stamp.Deleted, Seq: p.Seq, Text: string(row.Text()),
	}}
	entry.Past = pastOf(mu.model, before, row, p.Seq)
	if err := w.Write(entry); err != nil {
		return row, err
	}
	if err := w.PutKeys(entry.Model, entry.ID, keys); err != nil {
		return row, err
	}
	if mu.id == "" || canary.AppliedTwice {
		return row, nil
	}
	entry.Past = ""
	shown, _ := x.shownTo(mu, row, !mu.merged)
	entry.Text = string(shown.Text())
	return row, w.Remember(Applied{ID: mu.id, Operation: mu.operation, Caller: x.call.Caller.hash(), Row: entry.Row})
}

// projected is a row under the mutation's selection. shown says that hidden fields were already removed.
func (x *execution) projected(r Reader, mu *mutation, row record.Value, shown bool) (record.Value, error) {
	below, err := x.below(mu.field)
	if err != nil {
		return record.Value{}, err
	}
	sh, err := x.compile(mu.model.Name, anyReading, below)
	if err != nil {
		return record.Value{}, err
	}
	x.silent = true
	sh.shown = shown
	text, ok, err := x.project(r, nil, sh, row, []string{mu.field.key})
	x.silent = false
	if err != nil || !ok {
		return record.NullValue(), err
	}
	value := record.Trust(text)
	return value, x.answered(value)
}
