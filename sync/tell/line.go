package tell

import (
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
	"github.com/deltabase/deltabase/sync/effect"
)

// Line speaks to the app.
type Line struct {
	out      *effect.Out
	setup    *config.Setup
	door     *door.Door
	greeting greeting
}

// greeting holds announcements back while a start finds out whether the server can be reached.
type greeting struct {
	open    bool
	waiting []effect.Announce
}

// New makes a line that holds nothing back.
func New(out *effect.Out, setup *config.Setup, d *door.Door) *Line {
	return &Line{out: out, setup: setup, door: d}
}

// Reply answers a call; body nil stands for null.
func (l *Line) Reply(call app.Call, body []byte) {
	if body == nil {
		body = []byte("null")
	}
	l.out.Emit(effect.Reply{Call: call, Body: body})
}

// Fail answers a call with an error.
func (l *Line) Fail(call app.Call, problem *app.Error) {
	l.out.Emit(effect.Reply{Call: call, Err: problem})
}

// Report sends a report to errorHandlers.
func (l *Line) Report(t app.Trouble) { l.out.Emit(effect.Report{Tab: t.Tab, Body: t.Body()}) }

// Announce announces a Hub event to all tabs, after the greeting.
func (l *Line) Announce(event string, data []byte) {
	if l.greeting.open {
		l.greeting.waiting = append(l.greeting.waiting, effect.Announce{Event: event, Data: data})
		return
	}
	l.out.Emit(effect.Announce{Event: event, Data: data})
}

// Greet holds announcements back until Greeted.
func (l *Line) Greet() { l.greeting = greeting{open: true} }

// Greeting reports whether announcements are held back.
func (l *Line) Greeting() bool { return l.greeting.open }

// Greeted ends the wait. It announces the first events of a start, then what was held back. outboxStatus is computed
// now and not earlier: an app that hears that the outbox is empty may sign its user out.
func (l *Line) Greeted(networkStatus []byte) {
	g := l.greeting
	l.greeting = greeting{}
	l.Announce(app.HubNetwork, networkStatus)
	l.Announce(app.HubSubscribed, nil)
	l.Outbox()
	for _, a := range g.waiting {
		l.out.Emit(a)
	}
}
