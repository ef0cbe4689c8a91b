package sync

import "slices"

// tab is a page that talks to this engine. Whether it has a conflictHandler is known once it has
// started (rule 4).
type tab struct {
	name       string
	configured bool
	started    bool
	handler    bool
	migrates   bool
	providers  []string // auth modes that it can give tokens for
}

func (e *Engine) tab(name string) *tab {
	for _, t := range e.tabs {
		if t.name == name {
			return t
		}
	}
	return nil
}

func (e *Engine) joinTab(name string) *tab {
	if t := e.tab(name); t != nil {
		return t
	}
	t := &tab{name: name}
	e.tabs = append(e.tabs, t)
	return t
}

func (e *Engine) anyStarted() bool {
	return slices.ContainsFunc(e.tabs, func(t *tab) bool { return t.started })
}

func (e *Engine) tabJoined(name string) { e.joinTab(name) }

// tabGone forgets a tab: its observers, its waiting calls and the questions it was asked. Network
// work goes on, so that what it saved still reaches the server.
func (e *Engine) tabGone(name string) {
	e.tabs = slices.DeleteFunc(e.tabs, func(t *tab) bool { return t.name == name })
	e.watchers = slices.DeleteFunc(e.watchers, func(w *watcher) bool { return w.tab == name })
	e.unfollow(func(f *follower) bool { return f.tab == name })
	e.waiting = slices.DeleteFunc(e.waiting, func(event Event) bool {
		if _, saves := event.(Save); saves {
			return false // the tab may be gone, its wish is not
		}
		call, _, _ := callOf(event)
		return call.Tab == name
	})
	e.passOnFrom(name)
	e.passMigrationsOn(name)
	e.passOnToken(name)
}
