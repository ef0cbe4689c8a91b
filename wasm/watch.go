package main

import "time"

// watch waits for one piece of work after the other with one timer that goes on: to set a timer and to stop it again
// costs as much as what Go does for a small commit. Its timer and the work run on one thread and never at once.
type watch struct {
	after  func(time.Duration, func())
	late   func() // nil while nothing is under way
	looked bool   // at the work that is under way, half of the patience ago
	waits  bool   // for a look
}

// begin calls late once if the work is not done after storagePatience, or up to half of that sooner.
func (w *watch) begin(late func()) (done func()) {
	w.late, w.looked = late, false
	w.wait()
	return w.end
}

func (w *watch) end() { w.late = nil }

func (w *watch) wait() {
	if !w.waits {
		w.waits = true
		w.after(storagePatience/2, w.look)
	}
}

func (w *watch) look() {
	w.waits = false
	late := w.late
	switch {
	case late == nil:
	case !w.looked:
		w.looked = true
		w.wait()
	default:
		w.late = nil
		late()
	}
}
