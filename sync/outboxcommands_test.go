package sync_test

import engine "github.com/deltabase/deltabase/sync"

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
