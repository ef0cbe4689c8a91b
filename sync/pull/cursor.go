package pull

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// CursorKey names the meta entry that says where the next run of a model begins. Without the entry, a base run comes
// next.
func CursorKey(model string) string { return "cursor/" + model }

// cursor is where the next run of a model begins, and what it depends on.
type cursor struct {
	exists     bool
	cursor     string // our server's, "" for none
	lastSync   int64  // server time, ms
	lastBase   int64  // this device's time, ms
	expression record.Value
	selection  string
	endpoint   string
	reader     string // who read it, "" if an earlier release wrote it
	most       int64  // the syncMaxRecords that cut the run off, 0 when it was complete
}

func (p *Pull) readCursor(model string) cursor {
	return decodeCursor(p.door.Stage.Meta(CursorKey(model)))
}

func decodeCursor(v record.Value) cursor {
	c := cursor{exists: v.Kind() == record.Object, cursor: v.Field("cursor").Str(),
		expression: v.Field("expression"), selection: v.Field("selection").Str(),
		endpoint: v.Field("endpoint").Str(), reader: v.Field("reader").Str()}
	c.lastSync, _ = v.Field("lastSync").Int()
	c.lastBase, _ = v.Field("lastBase").Int()
	c.most, _ = v.Field("most").Int()
	return c
}

func (c cursor) encode() record.Value {
	var b record.Builder
	b.SetString("cursor", c.cursor)
	b.SetInt("lastSync", c.lastSync)
	b.SetInt("lastBase", c.lastBase)
	if c.expression.Exists() {
		b.Set("expression", c.expression)
	}
	b.SetString("selection", c.selection)
	b.SetString("endpoint", c.endpoint)
	b.SetString("reader", c.reader)
	if c.most > 0 {
		b.SetInt("most", c.most)
	}
	return b.Object()
}

// cursorHolds reports whether a delta is enough. A base run is due when there was none, when the last one was
// syncInterval ago (or in the future, because the clock was wrong), when the sync expression, the fields or the server
// changed, and when a lower syncMaxRecords than today's cut the last run off.
func (p *Pull) cursorHolds(model string, c cursor) bool {
	return c.exists && (c.cursor != "" || c.lastSync > 0) &&
		c.lastBase <= p.clock.NowMs() && p.clock.NowMs()-c.lastBase < p.setup.Config.SyncIntervalMs &&
		(c.most == 0 || c.most >= int64(p.setup.Config.SyncMaxRecords)) &&
		c.selection == p.setup.Shape(model).Selection && c.endpoint == p.setup.Config.Endpoint &&
		(canary.KeepsCursor || record.Equal(c.expression, p.setup.Config.FilterOf(model)))
}

// Forget makes the next run of a model a base run from its first page.
func (p *Pull) Forget(model string, c *store.Commit) {
	for _, key := range []string{CursorKey(model), ProgressKey(model)} {
		if p.door.Stage.Meta(key).Exists() {
			c.Set(key, record.Value{})
		}
	}
}

func (p *Pull) cursorEntry(model string, run *modelRun, next string) store.MetaEntry {
	if run.unsure || run.dropped && p.startsOver(run) {
		return store.MetaEntry{Key: CursorKey(model)} // empty, so that a base run comes next
	}
	c := cursor{exists: true, cursor: next, lastSync: run.startedAt, lastBase: run.beganMs,
		expression: p.setup.Config.FilterOf(model), selection: p.setup.Shape(model).Selection,
		endpoint: p.setup.Config.Endpoint, reader: run.reader}
	if !run.base {
		was := p.readCursor(model)
		c.lastBase, c.most = was.lastBase, was.most
	}
	if run.truncated {
		c.cursor, c.most = "", int64(p.setup.Config.SyncMaxRecords)
	}
	return store.MetaEntry{Key: CursorKey(model), Value: c.encode()}
}
