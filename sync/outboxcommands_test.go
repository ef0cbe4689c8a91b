package sync_test

import (
	"strconv"
	"strings"

	engine "github.com/deltabase/deltabase/sync"
)

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
