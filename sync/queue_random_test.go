package sync_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// TestRandomQueueCalls plays random histories in which the app also edits, retries and discards
// what is queued and the server refuses records for a while, and follows the outbox and the statuses
// all along. At rest, what was told adds up to what is there, nothing is stuck, and every save is in
// the journal or the outbox.
func TestRandomQueueCalls(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s := loadSchema(t)
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		h := newHost(s)
		pending = nil
		p := &player{host: h, draw: rand.New(rand.NewPCG(seed, 13)), last: map[string]lastValue{}}
		h.server.plain = seed%2 == 0
		if seed%3 == 0 {
			h.server.strategy = conflict.Optimistic
		}
		p.boot()
		f := &followed{}
		h.tap = f
		p.follow()
		for range 120 {
			if p.draw.IntN(4) > 0 {
				p.act()
			} else {
				p.actOnQueue()
			}
			settle()
			p.follow()
		}
		h.server.refuse = map[string]string{}
		p.last = map[string]lastValue{} // edits and discards change what is expected
		problem := p.calm()
		if problem == "" {
			problem = f.disagrees(p)
		}
		if problem != "" {
			t.Fatalf("seed %d: %s\n%s\ngo test ./sync -run TestRandomQueueCalls -first %d -seeds 1", seed, problem,
				strings.Join(h.lines[max(0, len(h.lines)-*tail):], "\n"), seed)
		}
	}
}

// follow begins the two observers; an engine that knows them already begins them anew.
func (p *player) follow() {
	h := p.host
	if f := h.tap.(*followed); f.engine != h.engine {
		f.engine = h.engine
		h.step(engine.Observe{Call: h.newCall("A"), Observer: 1, Of: engine.ObserveOutbox})
		h.step(engine.Observe{Call: h.newCall("A"), Observer: 2, Of: engine.ObserveStatus})
		settle()
	}
}

func (p *player) actOnQueue() {
	h := p.host
	place := []string{"Post/p3", "Blog/b0", "Blog/b1"}[p.draw.IntN(3)] // nobody else writes these
	switch p.draw.IntN(5) {
	case 0:
		h.server.refuse[place] = "BadRequest"
		return
	case 1:
		h.server.refuse = map[string]string{}
		return
	}
	var entry record.Value
	count := len(h.replies)
	h.step(engine.Outbox{Call: h.newCall("A")})
	if len(h.replies) == count || h.replies[count].Len() == 0 {
		return
	}
	at, n := p.draw.IntN(h.replies[count].Len()), 0
	h.replies[count].Elements(func(_ int, v record.Value) bool {
		entry = v
		n++
		return n <= at
	})
	id := entry.Field("id").Str()
	switch p.draw.IntN(4) {
	case 0:
		h.step(engine.Retry{Call: h.newCall("A"), MutationID: id})
	case 1, 2:
		p.saves++
		fields := record.TrustString(fmt.Sprintf(`{"title":"e%d"}`, p.saves))
		h.step(engine.Edit{Call: h.newCall("A"), MutationID: id, Fields: fields})
	case 3:
		choice := []string{"", "discard", "keep"}[p.draw.IntN(3)]
		h.step(engine.Discard{Call: h.newCall("A"), MutationID: id, Dependants: choice})
	}
}

// followed adds up what followers are told.
type followed struct {
	engine   *engine.Engine
	entries  map[string]string
	statuses map[string]string
	twice    string
}

func (f *followed) event(engine.Event) bool { return true }

func (f *followed) transaction(_ string, run func() error) error { return run() }

func (f *followed) effect(effect engine.Effect) bool {
	n, is := effect.(engine.Notify)
	if !is {
		return true
	}
	body := record.Trust(n.Body)
	if body.Field("first").Bool() {
		if n.Observer == 1 {
			f.entries = map[string]string{}
		} else {
			f.statuses = map[string]string{}
		}
	}
	body.Field("put").Elements(func(_ int, v record.Value) bool {
		f.entries[v.Field("id").Str()] = v.String()
		return true
	})
	body.Field("gone").Elements(func(_ int, v record.Value) bool {
		delete(f.entries, v.Str())
		return true
	})
	body.Field("statuses").Elements(func(_ int, v record.Value) bool {
		place := v.Field("model").Str() + "/" + v.Field("id").Str()
		text := v.Field("state").Str() + v.Field("cause").String()
		if f.statuses[place] == text {
			f.twice = place + " " + text
		}
		f.statuses[place] = text
		if v.Field("state").Str() == "synced" {
			delete(f.statuses, place)
		}
		return true
	})
	return true
}

func (f *followed) disagrees(p *player) string {
	if f.twice != "" {
		return "the status was told twice: " + f.twice
	}
	h := p.host
	h.step(engine.Outbox{Call: h.newCall("A")})
	var want, got, told []string
	records := map[string]bool{}
	h.replies[len(h.replies)-1].Elements(func(_ int, v record.Value) bool {
		want = append(want, v.String())
		records[v.Field("model").Str()+"/"+v.Field("recordId").Str()] = true
		return true
	})
	for _, text := range f.entries {
		got = append(got, text)
	}
	for place := range f.statuses {
		told = append(told, place)
		if !records[place] {
			return "a status was told last as " + f.statuses[place] + " of " + place + ", of which nothing is queued"
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) || len(told) != len(records) {
		return fmt.Sprintf("the outbox is\n%s\nbut its follower was told\n%s\nand the statuses of %v", strings.Join(want, "\n"),
			strings.Join(got, "\n"), told)
	}
	return ""
}
