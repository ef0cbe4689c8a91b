package main

import "time"

// pace lets folding wait until the disk has had nothing else to do for foldQuiet: a step reads and writes whole pages,
// and a save that came meanwhile would wait for that. After foldWaitsMax other jobs it waits no longer, so that the log
// stays short whatever an app does.
type pace struct {
	after  func(time.Duration) <-chan time.Time
	wanted bool
	waited int              // jobs since it was wanted, or since its last step
	busy   bool             // a job came since the last look
	look   <-chan time.Time // comes while it waits
}

// want begins to wait for a first step.
func (p *pace) want() {
	if !p.wanted {
		p.wanted, p.waited = true, 0
		p.rest()
	}
}

// job notes that the disk did something else.
func (p *pace) job() {
	if p.wanted {
		p.waited++
		p.rest()
	}
}

// rest puts the next step off.
func (p *pace) rest() {
	p.busy = true
	if p.look == nil {
		p.look = p.after(foldQuiet)
	}
}

// looked is called when look came.
func (p *pace) looked() {
	p.look = nil
	if p.busy {
		p.busy = false
		p.look = p.after(foldQuiet)
	}
}

// due reports whether a step may be made as soon as no job waits.
func (p *pace) due() bool { return p.wanted && (p.look == nil || p.waited >= foldWaitsMax) }

// stepped notes a step, and whether there are more.
func (p *pace) stepped(more bool) { p.wanted, p.waited = more, 0 }

// end forgets it.
func (p *pace) end() { p.wanted, p.look = false, nil }
