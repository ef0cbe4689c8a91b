package interleaving

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	tables "github.com/deltabase/deltabase/server/memory"
)

// scene says what may happen beside the edits. Two things that can't tell in which order they
// happened have no order of their own here: a request arrives as soon as it is sent, because
// nothing but the other device's write could tell the difference, and that write comes right
// after an arrival or before the first one, because its echo can still come at any time later.
type scene struct {
	name      string
	edits     int
	commits   bool   // transactions take their time, too
	foreign   string // the field that another device writes, once; "" for none
	lost      int    // how many requests or answers may be lost
	ordersMin int    // so many orders there must be at least
}

var scenes = map[conflict.Strategy][]scene{
	conflict.Automerge: {
		{name: "five edits", edits: 5, ordersMin: 10_000},
		{name: "slow transactions", edits: 3, commits: true, ordersMin: 100},
		{name: "another field from elsewhere", edits: 3, foreign: "body", ordersMin: 1_000},
		{name: "the same field from elsewhere", edits: 3, foreign: "title", ordersMin: 1_000},
		{name: "lost", edits: 3, lost: 1, ordersMin: 1_000},
		{name: "lost, and the same field from elsewhere", edits: 2, foreign: "title", lost: 1, ordersMin: 1_000},
	},
	conflict.Optimistic: {
		{name: "four edits", edits: 4, ordersMin: 1_000},
		{name: "slow transactions", edits: 2, commits: true, ordersMin: 100},
		{name: "another field from elsewhere", edits: 3, foreign: "body", ordersMin: 1_000},
		{name: "the same field from elsewhere", edits: 3, foreign: "title", ordersMin: 1_000},
		{name: "lost", edits: 3, lost: 1, ordersMin: 1_000},
		{name: "lost, and the same field from elsewhere", edits: 2, foreign: "title", lost: 1, ordersMin: 1_000},
	},
}

// TestEveryOrder goes through every order of up to five rapid edits of one record, with their
// requests, answers and subscription echoes: the last edit wins over one's own older ones, at the
// end and, without ever flipping back, in what observers of the page are shown.
func TestEveryOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s, err := sdl.Parse("post.graphql", []byte(`type Post @model { id: ID! title: String body: String }`))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := server.New(s, server.Options{APIKeys: []string{apiKey}, Sandbox: true}, tables.New(0))
	if err != nil {
		t.Fatal(err)
	}
	before := debug.SetGCPercent(400) // tens of thousands of small worlds
	t.Cleanup(func() { debug.SetGCPercent(before) })
	for strategy, list := range scenes {
		for _, sc := range list {
			t.Run(string(strategy)+"/"+sc.name, func(t *testing.T) {
				t.Parallel()
				orders := 0
				for path := (choices{}); ; orders++ {
					table, err := lay(compiled, s, strategy, sc)
					if err != nil {
						t.Fatal(err)
					}
					said := table.play(&path)
					if table.judge(strategy); len(table.problems) > 0 {
						t.Fatalf("%s\n\t%s", said, strings.Join(table.problems, "\n\t"))
					}
					if !path.next() {
						break
					}
				}
				if orders < sc.ordersMin {
					t.Errorf("%d orders, want at least %d", orders, sc.ordersMin)
				}
				t.Logf("%d orders", orders)
			})
		}
	}
}

// choices is a path through the tree of orders: at each branch the option taken, and how many
// there are.
type choices struct {
	taken, options []int
	at             int
}

func (c *choices) choose(n int) int {
	if c.at == len(c.taken) {
		c.taken, c.options = append(c.taken, 0), append(c.options, n)
	}
	c.at++
	return c.taken[c.at-1]
}

// next goes on to the path that differs in the last place possible; false when all were taken.
func (c *choices) next() bool {
	c.at = 0
	for last := len(c.taken) - 1; last >= 0; last-- {
		if c.taken[last]+1 < c.options[last] {
			c.taken, c.options = c.taken[:last+1], c.options[:last+1]
			c.taken[last]++
			return true
		}
	}
	return false
}

// hurriedMax is how often time passes while something is on its way. The engine asks again after a while,
// so a network that is slow for ever would never come to rest.
const hurriedMax = 2

// move is something that can happen next.
type move struct {
	name string
	run  func()
}

// play lets things happen in the order of the path and tells it.
func (t *table) play(path *choices) string {
	var said []string
	t.mayIntrude()
	for len(t.problems) == 0 {
		moves := t.moves()
		if len(moves) == 0 {
			break
		}
		taken := moves[0]
		if len(moves) > 1 {
			taken = moves[path.choose(len(moves))]
		}
		said = append(said, taken.name)
		taken.run()
		if len(said) > 200 {
			t.broken("it never comes to rest")
		}
	}
	return strings.Join(said, ", ")
}

// moves are what can happen now. What the network and the other device decide comes first.
func (t *table) moves() []move {
	var list []move
	add := func(possible bool, name string, run func()) {
		if possible {
			list = append(list, move{name, run})
		}
	}
	if t.intruding {
		add(true, "nobody else", func() { t.intruding = false })
		add(true, "other device", t.intrude)
		return list
	}
	if len(t.arriving) > 0 {
		r := t.arriving[0]
		add(true, "request", func() { t.arrive(r); t.mayIntrude() })
		add(t.lost < t.scene.lost, "request is lost", func() { t.lost++; t.arriving = without(t.arriving, r.effect) })
		add(t.lost < t.scene.lost, "its answer is lost", func() { t.lost++; t.arrive(r); r.answer = nil; t.mayIntrude() })
		return list
	}
	add(t.written < t.scene.edits, fmt.Sprintf("edit %d", t.written+1), t.edit)
	add(len(t.commits) > 0, "commit", func() { t.writeNext(); t.settle() })
	for i := range t.requests {
		add(true, "answer", func() { t.answer(i) })
	}
	add(len(t.frames) > 0, "echo", t.hear)
	if len(list) == 0 {
		add(t.waits(), "time", t.tick)
	} else {
		add(t.waits() && t.lost > 0 && t.hurried < hurriedMax, "time", func() { t.hurried++; t.tick() })
	}
	return list
}

// mayIntrude gives the other device its turn.
func (t *table) mayIntrude() { t.intruding = t.foreigns == 0 && t.scene.foreign != "" }

// judge drains the table and looks at what is there, and at what the page was shown.
func (t *table) judge(strategy conflict.Strategy) {
	t.drain()
	last := fmt.Sprint(t.scene.edits)
	atServer, here := t.row().Field("title").Str(), t.title()
	if atServer != here {
		t.broken("the server has %q, the page shows %q", atServer, here)
	}
	switch {
	case atServer == last:
	case t.scene.foreign != "title" || atServer != foreign:
		t.broken("the last edit is %s, the record ends as %q", last, atServer)
	case strategy == conflict.Automerge && !t.told && !t.foreignLast():
		t.broken("the last edit lost to the other device, and nobody was told")
	}
	for observer, titles := range map[string][]string{"observe": t.titles, "observeQuery": t.live} {
		newest := 0
		for _, title := range titles {
			if n := ownNumber(title); n >= 0 && n < newest {
				t.broken("%s went back from %d to %d: %q", observer, newest, n, titles)
				break
			} else if n > newest {
				newest = n
			}
		}
		if len(titles) == 0 || titles[len(titles)-1] != here {
			t.broken("%s was shown %q last, and the page has %q", observer, titles, here)
		}
	}
}
