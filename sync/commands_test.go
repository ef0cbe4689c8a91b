package sync_test

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// commands are the words of the story language.
var commands map[string]func(h *host, args []string) error

func init() {
	commands = map[string]func(h *host, args []string) error{}
	add := func(name string, f func(h *host, args []string) error) { commands[name] = f }
	addCalls(add)
	addRecordCalls(add)
	addWholes(add)
	addAdopting(add)
	addObservers(add)
	addOutboxCalls(add)
	addWorld(add)
	addServer(add)
}

type adder func(name string, f func(h *host, args []string) error)

// addCalls: what tabs ask for.
func addCalls(add adder) {
	// up A [config]: joins, configures with an endpoint, starts, connects and syncs, silently.
	add("up", func(h *host, args []string) error {
		config := `{"endpoint":"https://api.test/graphql","apiKey":"k"}`
		if v, _ := value(args, 1); v.Exists() {
			config = record.Overlay(record.TrustString(config), v).String()
		}
		h.step(engine.TabJoined{Tab: args[0]})
		h.step(engine.Configure{Call: h.newCall(args[0]), Schema: h.schema, Config: record.TrustString(config)})
		h.step(engine.Start{Call: h.newCall(args[0]), Handler: strings.HasSuffix(args[0], "!"),
			Providers: h.providers[args[0]]})
		settle()
		if h.socket != 0 && len(h.subs) == 0 {
			if err := h.connect(); err != nil {
				return err
			}
		}
		h.serve()
		h.lines = nil
		return nil
	})
	add("join", func(h *host, args []string) error { h.step(engine.TabJoined{Tab: args[0]}); return nil })
	add("gone", func(h *host, args []string) error { h.step(engine.TabGone{Tab: args[0]}); return nil })
	add("configure", func(h *host, args []string) error {
		v, _ := value(args, 1)
		h.step(engine.Configure{Call: h.newCall(args[0]), Schema: h.schema, Config: v})
		return nil
	})
	// start A [handler] [migrates]
	add("start", func(h *host, args []string) error {
		h.step(engine.Start{Call: h.newCall(args[0]), Handler: slices.Contains(args[1:], "handler"),
			Migrates: slices.Contains(args[1:], "migrates"), Providers: h.providers[args[0]]})
		return nil
	})
	add("stop", func(h *host, args []string) error { h.step(engine.Stop{Call: h.newCall(args[0])}); return nil })
	add("clear", func(h *host, args []string) error {
		h.step(engine.Clear{Call: h.newCall(args[0]), DiscardUnsent: len(args) > 1})
		return nil
	})
}

// addRecordCalls: saving, deleting, reading.
func addRecordCalls(add adder) {
	// save A m1 Post {...} [fields {...}] [if {...}] [new | upsert]
	add("save", func(h *host, args []string) error {
		ev := engine.Save{Call: h.newCall(args[0]), MutationID: args[1], Model: args[2]}
		if args[1] == "-" {
			ev.MutationID = ""
		}
		rest := args[3:]
		if ev.NewID = rest[len(rest)-1] == "new"; ev.NewID {
			rest = rest[:len(rest)-1]
		}
		if ev.Upsert = rest[len(rest)-1] == "upsert"; ev.Upsert {
			rest = rest[:len(rest)-1]
		}
		ev.Record, rest = value(rest, 0)
		ev.Fields = ev.Record
		for len(rest) > 1 {
			word := rest[0]
			var v record.Value
			v, rest = value(rest, 1)
			if word == "if" {
				ev.Condition = v
			} else {
				ev.Fields = v
			}
		}
		h.step(ev)
		return nil
	})
	// delete A m1 Post p1 [if {...}], or: delete A m1 Post where {...}
	add("delete", func(h *host, args []string) error {
		ev := engine.Delete{Call: h.newCall(args[0]), MutationID: args[1], Model: args[2], ID: args[3]}
		if args[3] == "where" {
			ev.ID = ""
			ev.Filter, _ = value(args, 4)
		} else if len(args) > 5 {
			ev.Condition, _ = value(args, 5)
		}
		h.step(ev)
		return nil
	})
	// query A Post [id] [{filter}] [sort [...]]
	add("query", func(h *host, args []string) error {
		ev := engine.Query{Call: h.newCall(args[0]), Model: args[1]}
		if len(args) > 2 && !strings.HasPrefix(args[2], "{") && args[2] != "sort" {
			ev.ID = args[2]
		} else {
			var rest []string
			ev.Filter, rest = value(args, 2)
			if len(rest) > 1 {
				ev.Sort, _ = value(rest, 1)
			}
		}
		h.step(ev)
		return nil
	})
	// saves A 30 Post: that many new records s0, s1, ... under mutations n0, n1, ...
	add("saves", func(h *host, args []string) error {
		for i := range number(args[1]) {
			row := record.TrustString(fmt.Sprintf(`{"id":"s%d","title":"t"}`, i))
			h.step(engine.Save{Call: h.newCall(args[0]), MutationID: fmt.Sprintf("n%d", i), Model: args[2],
				Record: row, Fields: row})
			settle()
		}
		return nil
	})
}

// addWholes adds what is one call about many records.
func addWholes(add adder) {
	// all A m1 save Post {...} | delete Post p1 | ...: one call, whose writes have the ids m1.0, m1.1, ...
	add("all", func(h *host, args []string) error {
		ev := engine.WriteAll{Call: h.newCall(args[0])}
		for i, words := range split(args[2:], "|") {
			if len(words) == 0 {
				continue
			}
			id := fmt.Sprintf("%s.%d", args[1], i)
			if words[0] == "delete" {
				ev.Writes = append(ev.Writes, engine.Delete{MutationID: id, Model: words[1], ID: words[2]})
				continue
			}
			row, rest := value(words, 2)
			fields := row
			if len(rest) > 1 {
				fields, _ = value(rest, 1)
			}
			ev.Writes = append(ev.Writes, engine.Save{MutationID: id, Model: words[1], Record: row, Fields: fields})
		}
		h.step(ev)
		return nil
	})
	// aggregate A Post {"by":["rating"],"sum":["rating"]} [where {filter}]
	add("aggregate", func(h *host, args []string) error {
		asked, rest := value(args, 2)
		filter, _ := value(rest, 1)
		h.step(engine.Aggregate{Call: h.newCall(args[0]), Model: args[1], Asked: asked, Filter: filter})
		return nil
	})
}

// split divides words at a separator.
func split(words []string, at string) (parts [][]string) {
	for {
		i := slices.Index(words, at)
		if i < 0 {
			return append(parts, words)
		}
		parts, words = append(parts, words[:i]), words[i+1:]
	}
}

// addObservers: observe A 1 [Post [{filter}]], live A 1 Post [{filter}] [sort [...]].
func addObservers(add adder) {
	observe := func(live bool) func(h *host, args []string) error {
		return func(h *host, args []string) error {
			ev := engine.Observe{Call: h.newCall(args[0]), Observer: uint32(number(args[1])), Live: live}
			if len(args) > 2 {
				ev.Model = args[2]
				var rest []string
				ev.Filter, rest = value(args, 3)
				if len(rest) > 1 {
					ev.Sort, _ = value(rest, 1)
				}
			}
			h.step(ev)
			return nil
		}
	}
	add("observe", observe(false))
	add("live", observe(true))
	// catchup A 1 7 Post: an observer that last heard of commit 7, from an engine that died.
	add("catchup", func(h *host, args []string) error {
		h.step(engine.Observe{Call: h.newCall(args[0]), Observer: uint32(number(args[1])), Since: uint64(number(args[2])),
			Model: args[3]})
		return nil
	})
	add("unobserve", func(h *host, args []string) error {
		h.step(engine.Unobserve{Tab: args[0], Observer: uint32(number(args[1]))})
		return nil
	})
}

// addOutboxCalls: what tabs do with what is queued.
func addOutboxCalls(add adder) {
	add("outbox", func(h *host, args []string) error { h.step(engine.Outbox{Call: h.newCall(args[0])}); return nil })
	add("retry", func(h *host, args []string) error {
		h.step(engine.Retry{Call: h.newCall(args[0]), MutationID: args[1]})
		return nil
	})
	add("edit", func(h *host, args []string) error {
		v, _ := value(args, 2)
		h.step(engine.Edit{Call: h.newCall(args[0]), MutationID: args[1], Fields: v})
		return nil
	})
	add("discard", func(h *host, args []string) error {
		ev := engine.Discard{Call: h.newCall(args[0]), MutationID: args[1]}
		if len(args) > 2 {
			ev.Dependants = args[2]
		}
		h.step(ev)
		return nil
	})
	add("restore", func(h *host, args []string) error { h.step(engine.Restore{Call: h.newCall(args[0])}); return nil })
	add("dump", func(h *host, args []string) error { h.step(engine.Dump{Call: h.newCall(args[0])}); return nil })
	// handler applyRemote | retryLocal | retry {...} | throws: answers the newest question.
	add("handler", func(h *host, args []string) error {
		if len(h.asks) == 0 {
			return fmt.Errorf("nobody was asked")
		}
		ask := h.asks[len(h.asks)-1]
		if args[0] == "first" { // the oldest question of all
			ask, args = h.asks[0], args[1:]
		}
		if args[0] == "throws" {
			h.step(engine.HandlerFailed{Effect: ask.ID, Message: "boom"})
			return nil
		}
		model, _ := value(args, 1)
		h.step(engine.HandlerAnswered{Effect: ask.ID, Decision: args[0], Model: model})
		return nil
	})
}

// addWorld: the browser and the clock.
func addWorld(add adder) {
	// offline, online: the app's own switch, without a word about it.
	add("offline", func(h *host, _ []string) error { h.switchGate(true); return nil })
	add("online", func(h *host, _ []string) error { h.switchGate(false); return nil })
	// hint offline | online | resumed | slept: what the platform says, true or not.
	hints := map[string]engine.Event{"offline": engine.Offline{}, "online": engine.Online{},
		"resumed": engine.Resumed{}, "slept": engine.Resumed{Slept: true}}
	add("hint", func(h *host, args []string) error { h.step(hints[args[0]]); return nil })
	// mute, heard: the socket is dead and nobody says so, and no longer.
	add("mute", func(h *host, _ []string) error { h.mute = true; return nil })
	add("heard", func(h *host, _ []string) error { h.mute = false; return nil })
	add("gate", func(h *host, args []string) error {
		h.step(engine.Gate{Call: h.newCall(args[0]), Closed: args[1] == "closed"})
		return nil
	})
	// sync A [Blog Post]
	add("sync", func(h *host, args []string) error {
		h.step(engine.Sync{Call: h.newCall(args[0]), Models: args[1:]})
		return nil
	})
	// tick: the time that the engine asked for has come.
	add("tick", func(h *host, _ []string) error {
		if h.wakeAt == 0 {
			return fmt.Errorf("the engine waits for no time")
		}
		h.tick()
		return nil
	})
	// wait 5000: that much time passes, with every tick that is due in it.
	add("wait", func(h *host, args []string) error {
		end := h.nowMs + number(args[0])
		for h.wakeAt != 0 && h.wakeAt <= end {
			h.tick()
			settle()
		}
		h.nowMs = end
		return nil
	})
	// late 100000: the next tick comes that much after its time.
	add("late", func(h *host, args []string) error {
		h.nowMs = max(h.nowMs, h.wakeAt) + number(args[0])
		h.tick()
		return nil
	})
	add("quiet", func(h *host, args []string) error {
		for _, word := range args {
			h.quiet[word] = true
		}
		return nil
	})
	add("loud", func(h *host, _ []string) error { h.quiet = map[string]bool{}; return nil })
	addDisk(add)
}

func (h *host) switchGate(closed bool) {
	before := len(h.lines)
	h.step(engine.Gate{Call: h.newCall("gate"), Closed: closed})
	h.lines = slices.DeleteFunc(h.lines, func(line string) bool {
		before--
		return before < 0 && (strings.HasPrefix(line, "gate ") || strings.HasPrefix(line, "hub syncPaused ") || line == "reply gate null")
	})
}

// addDisk: what becomes of commits and of the database.
func addDisk(add adder) {
	add("restart", func(h *host, _ []string) error { h.restart(); return nil })
	// hold: commits wait; write [n]: that many of them happen; free: all happen again at once.
	add("hold", func(h *host, _ []string) error { h.holding = true; return nil })
	add("write", func(h *host, _ []string) error {
		if len(h.held) == 0 {
			return fmt.Errorf("no commit waits")
		}
		h.writeNext()
		return nil
	})
	add("free", func(h *host, _ []string) error {
		h.holding = false
		for len(h.held) > 0 {
			h.writeNext()
			settle()
		}
		return nil
	})
	// fault quota save+outbox: the next commit of that name fails so.
	add("fault", func(h *host, args []string) error {
		h.disk.FailNext(strings.Join(args[1:], " "), args[0])
		return nil
	})
	// corrupt Post: the next load finds a page of it damaged. unloadable blocked: it fails.
	add("corrupt", func(h *host, args []string) error {
		h.faults = append(h.faults, &store.Fault{Code: store.CodeCorrupt, Model: args[0],
			Message: "A page of " + args[0] + " is damaged."})
		return nil
	})
	add("unloadable", func(h *host, args []string) error {
		h.unloadable = &store.Fault{Code: args[0], Message: "Another connection holds the database."}
		return nil
	})
	// schema shop: the page brings testdata/shop.json. server too: so does the server.
	add("schema", func(h *host, args []string) error {
		text, err := os.ReadFile("testdata/" + args[0] + ".json")
		if err != nil {
			return err
		}
		h.schema, err = schema.Load(text)
		if err == nil {
			h.server.schema = h.schema
		}
		return err
	})
}
