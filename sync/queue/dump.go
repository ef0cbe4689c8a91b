package queue

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// Dump answers with everything in the local database, for people to read:
// {seq, schema, meta, models: {Post: [base rows, tombstones included]}, outbox, parked, journal}.
func (q *Queue) Dump(call app.Call) {
	var b, meta, models record.Builder
	b.SetInt("seq", int64(q.door.Image.Seq()))
	b.SetString("schema", q.setup.Hash)
	for _, key := range q.door.Image.MetaKeys() {
		meta.Set(key, q.door.Image.Meta(key))
	}
	b.Set("meta", meta.Object())
	for _, name := range q.door.Image.Models() {
		var rows record.ListBuilder
		q.door.Image.EachRow(name, func(row store.Row) bool {
			rows.Add(row.Base)
			return true
		})
		models.Set(name, rows.List())
	}
	b.Set("models", models.Object())
	var outbox, parked, journal record.ListBuilder
	for _, m := range q.door.Image.Outbox() {
		outbox.Add(dumpMutation(m))
	}
	for _, m := range q.door.Image.Parked() {
		parked.Add(dumpMutation(m))
	}
	for _, ended := range q.door.Image.Journal() {
		journal.Add(dumpEnded(ended))
	}
	b.Set("outbox", outbox.List())
	b.Set("parked", parked.List())
	b.Set("journal", journal.List())
	q.line.Reply(call, b.Object().Text())
}

func dumpMutation(m *store.Mutation) record.Value {
	var b record.Builder
	b.SetInt("version", m.Version)
	b.SetInt("order", int64(m.Order))
	b.Set("base", m.Base)
	b.Set("condition", m.Condition)
	b.Set("remote", m.Remote)
	return record.Overlay(outboxEntry(m, string(m.State), m.Cause), b.Object())
}

func dumpEnded(ended store.Ended) record.Value {
	var b record.Builder
	b.SetString("mutationId", ended.MutationID)
	b.SetString("model", ended.Key.Model)
	b.SetString("id", ended.Key.ID)
	b.SetString("operation", string(ended.Operation))
	b.SetString("end", string(ended.End))
	if ended.Into != "" {
		b.SetString("into", ended.Into)
	}
	if len(ended.Fields) > 0 {
		var fields record.ListBuilder
		for _, name := range ended.Fields {
			fields.AddString(name)
		}
		b.Set("fields", fields.List())
	}
	b.SetInt("version", ended.Version)
	b.SetInt("at", ended.AtMs)
	return b.Object()
}
