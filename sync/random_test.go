package sync_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

var (
	seeds = flag.Int("seeds", 60, "how many random histories TestRandomHistories plays")
	first = flag.Uint64("first", 1, "the first seed")
	tail  = flag.Int("tail", 60, "how many lines of a failed history are shown")
)

// TestRandomHistories plays random saves, faults and restarts against the fake server, in turn as
// our own and as plain AppSync, then lets everything come to rest: every save whose promise
// resolved is in the journal or still in the outbox, and what the app sees is what the server has,
// but for held changes.
func TestRandomHistories(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s := loadSchema(t)
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		h := newHost(s)
		pending = nil
		p := &player{host: h, draw: rand.New(rand.NewPCG(seed, 7)), last: map[string]lastValue{}}
		h.server.plain = seed%2 == 0
		h.server.pageRows = 1 + p.draw.IntN(4)
		if seed%3 == 0 {
			h.server.strategy = conflict.Optimistic
		}
		p.boot()
		for range 120 {
			p.act()
		}
		if problem := p.calm(); problem != "" {
			t.Fatalf("seed %d: %s\n%s\ngo test ./sync -run TestRandomHistories -first %d -seeds 1", seed, problem,
				strings.Join(h.lines[max(0, len(h.lines)-*tail):], "\n"), seed)
		}
	}
}

type player struct {
	host  *host
	draw  *rand.Rand
	saves int
	saved []string             // mutation ids of saves
	last  map[string]lastValue // by "Post/p1.title": what the app set last
}

// lastValue is the newest local value of a field.
type lastValue struct{ mutation, text string }

func (p *player) boot() {
	h := p.host
	config := record.TrustString(`{"endpoint":"https://api.test/graphql","apiKey":"k"}`)
	if h.demands != "" {
		config = record.TrustString(`{"endpoint":"https://api.test/graphql"}`)
	}
	h.step(engine.Configure{Call: h.newCall("A"), Schema: h.schema, Config: config})
	h.step(engine.Start{Call: h.newCall("A"), Handler: p.draw.IntN(2) == 0, Providers: h.providers["A"]})
	settle()
}

func (p *player) act() {
	h := p.host
	id := p.someID()
	blog := fmt.Sprintf("b%d", p.draw.IntN(2))
	switch p.draw.IntN(16) {
	case 0, 1, 2:
		field := []string{"title", "body"}[p.draw.IntN(2)]
		p.save("Post", fmt.Sprintf(`{"id":%q,"%s":"%d"}`, id, field, p.saves))
	case 3:
		p.save("Blog", fmt.Sprintf(`{"id":%q,"title":"%d"}`, blog, p.saves))
	case 4:
		p.save("Post", fmt.Sprintf(`{"id":%q,"title":"%d","blogID":%q}`, id, p.saves, blog))
	case 5:
		p.saves++
		for place := range p.last {
			if strings.HasPrefix(place, "Post/"+id+".") {
				delete(p.last, place)
			}
		}
		h.step(engine.Delete{Call: h.newCall("A"), MutationID: fmt.Sprintf("m%d", p.saves), Model: "Post", ID: id})
	case 6, 7:
		p.others(fmt.Sprintf("%s%d", []string{"p", "q"}[p.draw.IntN(2)], p.draw.IntN(3)))
	case 8, 9, 10, 11:
		p.answer()
	case 12:
		if h.socket != 0 && len(h.subs) == 0 {
			h.connect()
		} else if h.trail < len(h.server.changed) && h.socket != 0 {
			h.deliver()
		}
	case 13:
		p.pass(p.draw.Int64N(3000))
	case 14:
		p.decide()
	case 15:
		p.trouble()
	}
	settle()
}

// someID is a record that this device makes, p0 to p3, or one of somebody else's that is here.
func (p *player) someID() string {
	h := p.host
	if p.draw.IntN(3) == 0 {
		id := fmt.Sprintf("q%d", p.draw.IntN(3))
		count := len(h.replies)
		h.step(engine.Query{Call: h.newCall("A"), Model: "Post", ID: id})
		settle()
		if len(h.replies) > count && h.replies[count].Len() > 0 {
			return id
		}
	}
	return fmt.Sprintf("p%d", p.draw.IntN(4))
}

func (p *player) save(model, fields string) {
	p.saves++
	id := fmt.Sprintf("m%d", p.saves)
	p.saved = append(p.saved, id)
	row := record.TrustString(fields)
	h := p.host
	row.Fields(func(name string, v record.Value) bool {
		if name != "id" {
			p.last[model+"/"+row.Field("id").Str()+"."+name] = lastValue{id, v.String()}
		}
		return true
	})
	h.step(engine.Save{Call: h.newCall("A"), MutationID: id, Model: model, Record: row, Fields: row})
}

// others is somebody else's write to a record, if it can be done.
func (p *player) others(id string) {
	h := p.host
	row, there := h.server.rows["Post/"+id]
	input := fmt.Sprintf(`{"id":%q,"title":"o%d","_version":%s}`, id, p.saves, row.Field("_version"))
	op := conflict.Update
	switch {
	case !there && id[0] == 'p':
		return // ids that this device makes are its own
	case !there:
		op = conflict.Create
		input = fmt.Sprintf(`{"id":%q,"title":"o%d"}`, id, p.saves)
	case conflict.StampOf(row).Deleted:
		return
	case p.draw.IntN(6) == 0:
		op = conflict.Delete
		input = fmt.Sprintf(`{"id":%q,"_version":%s}`, id, row.Field("_version"))
	}
	if _, failure := h.server.write(h.schema.Model("Post"), op, record.TrustString(input), record.Value{}); failure != nil {
		panic(failure.Message)
	}
}

// answer lets one request come through, or not, or its answer get lost.
func (p *player) answer() {
	h := p.host
	if len(h.sends) == 0 {
		return
	}
	at := p.draw.IntN(len(h.sends))
	s := h.sends[at]
	h.forget(s.ID)
	switch p.draw.IntN(8) {
	case 0:
		h.step(engine.SendFailed{Effect: s.ID, Code: "network"})
	case 1:
		h.server.serve(s.Body)
		h.step(engine.SendFailed{Effect: s.ID, Code: []string{"network", "timeout"}[p.draw.IntN(2)]})
	case 2:
		h.step(engine.Answered{Effect: s.ID, Status: []int{500, 503, 429, 502}[p.draw.IntN(4)]})
	default:
		h.step(h.answerTo(s))
	}
}

func (p *player) pass(ms int64) {
	if err := commands["wait"](p.host, []string{fmt.Sprint(ms)}); err != nil {
		panic(err)
	}
}

func (p *player) decide() {
	h := p.host
	if len(h.asks) == 0 {
		return
	}
	ask := h.asks[len(h.asks)-1]
	switch p.draw.IntN(4) {
	case 0:
		h.step(engine.HandlerFailed{Effect: ask.ID, Message: "boom"})
	case 1:
		h.step(engine.HandlerAnswered{Effect: ask.ID, Decision: "applyRemote"})
	default:
		h.step(engine.HandlerAnswered{Effect: ask.ID, Decision: "retryLocal"})
	}
}

func (p *player) trouble() {
	h := p.host
	switch p.draw.IntN(5) {
	case 0:
		h.restart()
		pending = nil
		p.boot()
	case 1:
		h.step(engine.Offline{})
		settle()
		h.step(engine.Online{})
	case 2:
		if h.socket != 0 {
			commands["sever"](h, nil)
		}
	case 3:
		h.disk.FailNext("", []string{store.CodeQuota, store.CodeAborted}[p.draw.IntN(2)])
	case 4:
		p.pass(20_000)
	}
}

// calm heals everything and says what is wrong then, "" for nothing.
func (p *player) calm() string {
	h := p.host
	p.boot() // a start that met a full disk was refused; the app calls it again
	for range 200 {
		p.giveTokens()
		if h.socket != 0 && len(h.subs) == 0 {
			h.connect()
		}
		h.serve()
		p.decideRetry()
		settle()
		p.pass(61_000)
		settle()
	}
	h.serve()
	h.lines = append(h.lines, "---- at rest")
	h.step(engine.Dump{Call: h.newCall("A")})
	dump := record.Value{}
	for _, reply := range h.replies {
		dump = reply
	}
	ended := map[string]bool{}
	held := map[string]bool{}
	dump.Field("journal").Elements(func(_ int, v record.Value) bool {
		ended[v.Field("mutationId").Str()] = true
		return true
	})
	stuck := ""
	dump.Field("outbox").Elements(func(_ int, v record.Value) bool {
		ended[v.Field("id").Str()] = true
		held[v.Field("model").Str()+"/"+v.Field("recordId").Str()] = true
		if state := v.Field("state").Str(); state == "sent" || state == "conflicted" {
			stuck += " " + v.Field("id").Str() + " is " + state
		}
		return true
	})
	if stuck != "" {
		return "stuck:" + stuck
	}
	for _, id := range p.saved {
		if h.resolved[id] && !ended[id] {
			return "save " + id + " resolved and is neither in the journal nor in the outbox"
		}
	}
	if problem := p.compare(held); problem != "" {
		return problem
	}
	return p.reached(dump.Field("journal"), ended)
}

// reached asks whether the newest local value of each field was on the server once, if its
// mutation ended as acknowledged.
func (p *player) reached(journal record.Value, known map[string]bool) string {
	ends, into := map[string]string{}, map[string]string{}
	journal.Elements(func(_ int, v record.Value) bool {
		id := v.Field("mutationId").Str()
		ends[id] = v.Field("end").Str()
		into[id] = v.Field("into").Str()
		return true
	})
	for place, last := range p.last {
		id := last.mutation
		for into[id] != "" {
			id = into[id]
		}
		for ends[id] == "acknowledged" && known[nextResend(id)] {
			id = nextResend(id)
		}
		if p.host.resolved[last.mutation] && ends[id] == "acknowledged" && !p.host.server.seen[place+"="+last.text] {
			return place + " was set to " + last.text + " by " + last.mutation + " (" + id +
				"), acknowledged, and never reached the server"
		}
	}
	return ""
}

func (p *player) decideRetry() {
	h := p.host
	for _, ask := range h.asks { // the engine ignores answers to what is decided
		h.step(engine.HandlerAnswered{Effect: ask.ID, Decision: "retryLocal"})
	}
}

// compare looks both ways: each row of the server is here, and nothing else is.
func (p *player) compare(held map[string]bool) string {
	h := p.host
	h.step(engine.Query{Call: h.newCall("A"), Model: "Post"})
	here := map[string]record.Value{}
	h.replies[len(h.replies)-1].Elements(func(_ int, row record.Value) bool {
		here["Post/"+row.Field("id").Str()] = row
		return true
	})
	for place, row := range h.server.rows {
		if !strings.HasPrefix(place, "Post/") || held[place] {
			continue
		}
		local, there := here[place]
		delete(here, place)
		if conflict.StampOf(row).Deleted {
			if there {
				return place + " was deleted on the server and is here: " + local.String()
			}
		} else if !record.Equal(row, record.Without(local, "createdAt", "updatedAt")) {
			return place + " is " + row.String() + " on the server and here " + local.String()
		}
	}
	for place := range here {
		if !held[place] {
			return place + " is here and not on the server"
		}
	}
	return ""
}
