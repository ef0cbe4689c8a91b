package sync

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// Keys of meta entries. Those that begin with "db/" survive a clear.
const (
	epochKey  = "db/epoch"
	serverKey = "db/server"
)

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

// kindOf a server: ours announces itself in its responses.
type kindOf uint8

const (
	kindUnknown kindOf = iota
	kindDeltabase
	kindAppSync
)

// serverKind is what the endpoint was last seen to be.
func (e *Engine) serverKind() kindOf {
	v := e.door.Stage().Meta(serverKey)
	switch {
	case v.Kind() != record.Object || v.Field("endpoint").Str() != e.setup.Config().Endpoint:
		return kindUnknown
	case v.Field("deltabase").Bool():
		return kindDeltabase
	}
	return kindAppSync
}

// serverIsPlain reports that exactly once can't be left to the server (rule 2).
func (e *Engine) serverIsPlain() bool { return e.serverKind() != kindDeltabase }

// announceUs leaves our extensions out of requests to a server that is known to be plain AppSync.
func (e *Engine) announceUs(r *appsync.Request) {
	if e.serverKind() == kindAppSync || e.link.refusesExtensions {
		r.Extensions = appsync.Extensions{}
	}
}

// learnServer notes what kind of server answered. Only a page that was asked for with our
// extensions tells that it is plain AppSync: to take our own server for one would give up
// exactly once.
func (e *Engine) learnServer(r appsync.Response, askedForPage bool) {
	if !r.Deltabase && !askedForPage {
		return
	}
	e.link.probed = e.link.probed || askedForPage
	kind := kindAppSync
	if r.Deltabase {
		kind = kindDeltabase
	}
	if e.serverKind() == kind {
		return
	}
	var b record.Builder
	b.SetString("endpoint", e.setup.Config().Endpoint)
	b.SetBool("deltabase", r.Deltabase)
	e.door.Commit(&store.Commit{Name: "meta", Meta: []store.MetaEntry{{Key: serverKey, Value: b.Object()}}}, nil, nil)
}
