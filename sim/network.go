package sim

import (
	engine "github.com/deltabase/deltabase/sync"
)

// window is a fault that lasts. What it does to each message is drawn from its own dice.
type window struct {
	fault Fault
	endMs int64
	dice  *dice
	odds  float64 // of hitting one message
}

// active finds the window of a kind that is open for a device now.
func (w *World) active(kind FaultKind, d *Device) *window {
	for _, open := range w.windows {
		if open.fault.Kind == kind && open.fault.Device == d.number && open.endMs > w.nowMs {
			return open
		}
	}
	return nil
}

// hit reports whether a fault of that kind hits a message of the device now.
func (w *World) hit(kind FaultKind, d *Device) *window {
	if open := w.active(kind, d); open != nil && open.dice.chance(open.odds) {
		return open
	}
	return nil
}

type latencyCount struct {
	atMs  int64
	count uint64
}

// latency of one way. It is drawn from the moment, so that it does not depend on how many
// messages there were before.
func (w *World) latency(d *Device) int64 {
	if w.lastLatency.atMs != w.nowMs {
		w.lastLatency = latencyCount{atMs: w.nowMs}
	}
	w.lastLatency.count++
	e := roll(w.plan.Seed, ofLatency, uint64(d.number), uint64(w.nowMs), w.lastLatency.count)
	median := w.plan.Setup.LatencyMs
	ms := 1 + e.between(median/2, median+median/2)
	if open := w.hit(DelayFault, d); open != nil {
		ms += open.dice.between(0, 5_000)
	}
	return ms
}

// request is a Send on its way: it is answered once.
type request struct {
	process  *process
	send     engine.Send
	seen     *exchange // by the oracle
	answered bool
	given    bool // the engine no longer wants it
	restores int  // how often the server had been restored when it was sent
}

// tell gives an answer to the engine, if it still wants one.
func (r *request) tell(event engine.Event) {
	if r.answered || r.given {
		return
	}
	r.answered = true
	delete(r.process.requests, r.send.ID)
	r.process.deliver(event)
}

func (r *request) fail(code, message string) {
	r.tell(engine.SendFailed{Effect: r.send.ID, Code: code, Message: message})
}

// gone reports that nobody waits for the answer. Against plain AppSync such a request must not
// arrive: one that arrives after its sender looked is the documented limit of rule 2.
func (r *request) gone() bool {
	return r.process.world.plan.Setup.Plain && (r.given || r.answered || r.process.dead)
}

// send carries out a Send effect.
func (w *World) send(p *process, s engine.Send) {
	d := p.device
	r := &request{process: p, send: s, restores: w.restores, seen: w.oracle.sending(p, s)}
	p.requests[s.ID] = r
	w.after(s.TimeoutMs, func() { r.fail("timeout", "The server did not answer in time.") })
	up := w.latency(d)
	switch {
	case d.cut && d.hole && !d.gate:
		return
	case d.cut || d.gate:
		w.after(1, func() { r.fail("network", "There is no network.") })
		return
	case w.hit(LoseRequestFault, d) != nil:
		w.trace.tell(d.name, "lost", "request "+s.Name)
		w.after(up, func() { r.fail("network", "The connection was lost.") })
		return
	case w.hit(SilentUpFault, d) != nil:
		w.trace.tell(d.name, "silent", "request "+s.Name)
		return
	}
	w.after(up, func() { w.arrive(r) })
	if open := w.hit(DuplicateFault, d); open != nil {
		w.after(up+open.dice.between(0, 5_000), func() { w.arrive(r) })
	}
}

// arrive is a request at the server's door.
func (w *World) arrive(r *request) {
	d := r.process.device
	if r.gone() {
		return
	}
	back := w.latency(d)
	if w.restores != r.restores { // its connection ended with the server before
		w.after(back, func() { r.fail("network", "The connection was lost.") })
		return
	}
	answer := func(a reply) {
		w.after(back, func() {
			if w.restores != r.restores {
				r.fail("network", "The connection was lost.")
				return
			}
			w.oracle.answered(r, a)
			r.tell(engine.Answered{Effect: r.send.ID, Status: a.status, Body: a.body, RetryAfterMs: a.retryAfterMs})
		})
	}
	if d.cut && d.hole {
		return
	}
	if w.down || d.cut {
		w.after(back, func() { r.fail("network", "The connection was refused.") })
		return
	}
	if a, refused := w.atTheGate(d); refused {
		answer(a)
		return
	}
	w.serve(r, func(a reply) {
		switch {
		case d.cut && d.hole:
		case d.cut, w.hit(LoseResponseFault, d) != nil:
			w.trace.tell(d.name, "lost", "response to "+r.send.Name)
			w.after(back, func() { r.fail("network", "The connection was lost.") })
		case w.hit(SilentDownFault, d) != nil:
			w.trace.tell(d.name, "silent", "response to "+r.send.Name)
		default:
			answer(a)
		}
	})
}

// atTheGate is what a proxy in front of the server answers in its place.
func (w *World) atTheGate(d *Device) (reply, bool) {
	if open := w.hit(ThrottleFault, d); open != nil {
		a := reply{status: 429, body: []byte(`{"errors":[{"errorType":"TooManyRequestsException","message":"Slow down."}]}`)}
		if open.dice.chance(0.7) {
			a.retryAfterMs = open.dice.between(1, 5) * 1000
		}
		return a, true
	}
	if open := w.hit(BusyFault, d); open != nil {
		return reply{status: one(open.dice, 500, 502, 503, 504), body: []byte("<html>Bad gateway</html>")}, true
	}
	if open := w.hit(GarbageFault, d); open != nil {
		bodies := []string{"", "<html>Sign in to the hotel</html>", `{"data":null,"errors":[{"message":"x","path":null}]}`, `{"message":"no"}`, "[]"}
		return reply{status: one(open.dice, 200, 200, 404, 413), body: []byte(one(open.dice, bodies...))}, true
	}
	return reply{}, false
}
