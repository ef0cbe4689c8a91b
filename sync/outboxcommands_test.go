package sync_test

import (
	"regexp"
	"strconv"
	"strings"

	engine "github.com/deltabase/deltabase/sync"
)

// orderField is left out of what stories show: it is the place in the outbox.
var orderField = regexp.MustCompile(`,"order":\d+`)

// More words of the story language, about the clock and the outbox.
func init() {
	// clock -5000: the host's clock is set; no time passes.
	commands["clock"] = func(h *host, args []string) error {
		by := number(args[0])
		h.nowMs += by
		if h.wakeAt != 0 {
			h.wakeAt += by // a host waits for a span of time
		}
		h.step(engine.Online{})
		return nil
	}
	// follow A 1 outbox, follow A 1 status [Post [p1]]
	commands["follow"] = func(h *host, args []string) error {
		ev := engine.Observe{Call: h.newCall(args[0]), Observer: uint32(number(args[1])), Of: args[2]}
		if len(args) > 3 {
			ev.Model = args[3]
		}
		if len(args) > 4 {
			ev.ID = args[4]
		}
		h.step(ev)
		return nil
	}
	commands["status-of"] = func(h *host, args []string) error {
		h.step(engine.Status{Call: h.newCall(args[0]), Model: args[1], ID: args[2]})
		return nil
	}
	commands["count"] = func(h *host, args []string) error {
		h.step(engine.Outbox{Call: h.newCall(args[0]), Count: true})
		return nil
	}
}

// nextResend is the id under which refused fields of a mutation go again: m1, m1/resend, m1/resend2.
func nextResend(id string) string {
	before, number, resent := strings.Cut(id, "/resend")
	if !resent {
		return id + "/resend"
	}
	n, _ := strconv.Atoi(number)
	return before + "/resend" + strconv.Itoa(max(n, 1)+1)
}
