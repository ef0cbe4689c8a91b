package sync

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// Keys of meta entries. Those that begin with "db/" survive a clear.
const epochKey = "db/epoch"

func cursorKey(model string) string { return "cursor/" + model }

// cursor is where the next run of a model begins, and what it depends on.
type cursor struct {
	exists     bool
	cursor     string // our server's, "" for none
	lastSync   int64  // server time, ms
	lastBase   int64  // this device's time, ms
	expression record.Value
	selection  string
	endpoint   string
	reader     string // who read it, "" in old ones
	most       int64  // the syncMaxRecords that cut a run off, 0 when nothing is missing
}

func (e *Engine) readCursor(model string) cursor {
	v := e.door.Stage().Meta(cursorKey(model))
	c := cursor{exists: v.Kind() == record.Object, cursor: v.Field("cursor").Str(),
		expression: v.Field("expression"), selection: v.Field("selection").Str(),
		endpoint: v.Field("endpoint").Str(), reader: v.Field("reader").Str()}
	c.lastSync, _ = v.Field("lastSync").Int()
	c.lastBase, _ = v.Field("lastBase").Int()
	c.most, _ = v.Field("most").Int()
	return c
}

// cursorHolds reports whether a delta is enough. A base run is due when there was none, when the
// last one is syncInterval ago (or in the future: the clock was wrong), when the scope, the fields or
// the server changed, and when a run was cut off by a lower syncMaxRecords than today's.
func (e *Engine) cursorHolds(model string, c cursor) bool {
	return c.exists && (c.cursor != "" || c.lastSync > 0) &&
		c.lastBase <= e.clock.NowMs() && e.clock.NowMs()-c.lastBase < e.setup.Config().SyncIntervalMs &&
		(c.most == 0 || c.most >= int64(e.setup.Config().SyncMaxRecords)) &&
		c.selection == e.setup.Shape(model).Selection && c.endpoint == e.setup.Config().Endpoint &&
		(canary.KeepsCursor || record.Equal(c.expression, e.setup.Config().FilterOf(model)))
}

func (e *Engine) cursorEntry(model string, run *pullRun, next string) store.MetaEntry {
	lastBase, most := run.beganMs, int64(0)
	if !run.base {
		was := e.readCursor(model)
		lastBase, most = was.lastBase, was.most
	}
	if run.truncated {
		next, most = "", int64(e.setup.Config().SyncMaxRecords)
	}
	var b record.Builder
	b.SetString("cursor", next)
	b.SetInt("lastSync", run.startedAt)
	b.SetInt("lastBase", lastBase)
	if filter := e.setup.Config().FilterOf(model); filter.Exists() {
		b.Set("expression", filter)
	}
	b.SetString("selection", e.setup.Shape(model).Selection)
	b.SetString("endpoint", e.setup.Config().Endpoint)
	b.SetString("reader", run.reader)
	if most > 0 {
		b.SetInt("most", most)
	}
	return store.MetaEntry{Key: cursorKey(model), Value: b.Object()}
}
