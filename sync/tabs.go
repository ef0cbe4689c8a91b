package sync

import "slices"

// tabGone forgets a tab: its observers, its waiting calls and the questions that it was asked. Network work goes on, so
// that what the tab saved still reaches the server.
func (e *Engine) tabGone(name string) {
	e.tabs.Leave(name)
	e.live.Leave(name)
	e.waiting = slices.DeleteFunc(e.waiting, func(event Event) bool {
		switch event.(type) {
		case Save, WriteAll:
			return false // the tab may be gone, but what it asked for still counts
		}
		call, _, _ := callOf(event)
		return call.Tab == name
	})
	e.decide.TabGone(name)
	e.auth.TabGone(name)
	e.pull.TabGone(name)
}
