package sim

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	tables "github.com/deltabase/deltabase/server/memory"
)

const (
	apiKey       = "da2-simulated"
	expiredKey   = "da2-expired"
	keepAliveMs  = 60_000
	purgeEveryMs = 60_000
)

// prototype is a server of which the others share what was compiled.
var prototype = sync.OnceValue(func() *server.Server {
	s, err := server.New(parsed().newest, server.Options{}, tables.New(0))
	if err != nil {
		panic(err) // the schema of the simulation is valid
	}
	return s
})

func (w *World) startServer() {
	s, err := prototype().Again(w.options, w.tables)
	if err != nil {
		panic(err)
	}
	w.server, w.hub = s, newHub(w, s)
}

// serverMs is the server's clock.
func (w *World) serverMs() int64 { return w.nowMs + w.serverSkewMs }

func (w *World) keepAlive() {
	if !w.down {
		w.hub.deliver(w.hub.core.KeepAlive())
		w.hub.deliver(w.hub.core.Expire(w.serverMs()))
	}
	w.after(keepAliveMs, w.keepAlive)
}

func (w *World) purge() {
	for again, ran := !w.down, int64(purgeEveryMs); again; ran = 0 {
		var err error
		if again, err = w.server.Purge(w.serverMs(), ran); err != nil {
			panic(err) // tables in memory do not fail here
		}
	}
	w.after(purgeEveryMs, w.purge)
}

// publishSoon hands out what was committed, a moment later.
func (w *World) publishSoon() {
	if w.publishing {
		return
	}
	w.publishing = true
	w.after(roll(w.plan.Seed, ofServer, uint64(w.nowMs)).between(0, 8), func() {
		w.publishing = false
		if !w.down {
			w.hub.publish()
		}
	})
}

// reply is an HTTP answer on its way back.
type reply struct {
	status       int
	body         []byte
	retryAfterMs int64
}

// serve is what the native host does with a POST: it asks the core and, where that needs a
// decision, the conflict function, outside any transaction.
func (w *World) serve(r *request, done func(reply)) {
	w.requests++
	body := r.send.Body
	if w.plan.Setup.Plain {
		body = withoutExtensions(body)
	}
	credentials := server.Credentials{}
	for _, h := range r.send.Headers {
		if h[0] == "x-api-key" {
			credentials.APIKey = h[1]
		}
		if h[0] == "Authorization" {
			credentials.Authorization = h[1]
		}
	}
	if w.active(ExpiredFault, r.process.device) != nil {
		credentials = expiredCredentials(credentials)
	}
	seen := w.oracle.requested(r.seen)
	core := w.server
	w.oracle.serving = seen
	answer := core.Handle(server.Call{NowMs: w.serverMs()}, credentials, body)
	w.decide(seen, core, answer, done)
}

// expiredCredentials are of the same kind, and worth nothing.
func expiredCredentials(c server.Credentials) server.Credentials {
	if c.Authorization != "" {
		return server.Credentials{Authorization: "expired"}
	}
	return server.Credentials{APIKey: expiredKey}
}

// decide goes on with a request until it needs no decision any more.
func (w *World) decide(seen *exchange, core *server.Server, answer server.Answer, done func(reply)) {
	w.oracle.serving = nil
	if answer.Committed {
		w.publishSoon()
	}
	if answer.Need == nil {
		w.oracle.served(seen, answer.Status, answer.Body)
		done(reply{status: answer.Status, body: w.timed(seen, answer.Body)})
		return
	}
	need := answer.Need
	d := roll(w.plan.Seed, ofFunction, hashOf(need.RecordID), uint64(need.Version), uint64(w.nowMs))
	w.after(d.between(0, 400), func() {
		if w.server != core || w.down {
			return // the server that had the question is gone; the caller hears nothing
		}
		decision := function(d, need)
		w.oracle.decided(seen, need.RecordID, need.Version, decision)
		w.oracle.serving = seen
		w.decide(seen, core, need.Resume(server.Call{NowMs: w.serverMs()}, decision), done)
	})
}

// timed gives each page behind the first of a run a time of its own, as plain AppSync does.
func (w *World) timed(seen *exchange, body []byte) []byte {
	if !w.plan.Setup.Plain || seen.pull == nil || seen.pull.token == "" {
		return body
	}
	const name = `"startedAt":`
	at := bytes.LastIndex(body, []byte(name))
	if at < 0 {
		return body
	}
	end := at + len(name)
	for end < len(body) && body[end] >= '0' && body[end] <= '9' {
		end++
	}
	now := strconv.FormatInt(max(w.serverMs(), w.oracle.timeMs), 10)
	return slices.Concat(body[:at+len(name)], []byte(now), body[end:])
}

// function is the custom conflict function of every LAMBDA model: the new fields on top of the
// stored row, a deletion mostly granted, now and then a refusal or a failure.
func function(d *dice, need *server.NeedDecision) server.Decision {
	event := record.Trust(need.Event)
	switch n := d.below(20); {
	case n == 0:
		return server.Decision{Err: fmt.Errorf("the function took too long")}
	case n < 5:
		return server.Decision{Answer: []byte(`{"action":"REJECT"}`)}
	}
	if need.Field[:6] == "delete" {
		return server.Decision{Answer: []byte(`{"action":"REMOVE"}`)}
	}
	wanted := record.Without(event.Field("newItem"), "_version")
	var b record.Builder
	b.SetString("action", "RESOLVE")
	b.Set("item", withoutNulls(record.Overlay(event.Field("existingItem"), wanted)))
	return server.Decision{Answer: b.Object().Text()}
}

func withoutNulls(row record.Value) record.Value {
	var b record.Builder
	row.Fields(func(name string, v record.Value) bool {
		if !v.IsNull() {
			b.Set(name, v)
		}
		return true
	})
	return b.Object()
}

func withoutExtensions(body []byte) []byte {
	return record.Without(record.Trust(body), "extensions").Text()
}

// restart severs every connection; the server is back on the same tables after a while.
func (w *World) restart(downMs int64) {
	if w.down {
		return
	}
	w.hub.closeAll()
	w.down = true
	w.after(downMs, w.startAgain)
}

// startAgain starts the server once its disk can be read: it looks at its tables first.
func (w *World) startAgain() {
	for _, open := range w.windows {
		if open.fault.Kind == ReadFault && open.endMs > w.nowMs {
			w.after(open.endMs-w.nowMs, w.startAgain)
			return
		}
	}
	w.down = false
	w.startServer()
}
