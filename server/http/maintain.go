package http

import (
	"context"
	"time"
)

// maintain does the steps that fill new indexes and rewrite rows. Behind each it leaves writers as long as
// the step took. Another process may leave steps behind, so it looks again.
func (h *Host) maintain(ctx context.Context) {
	for {
		began := time.Now()
		again, err := h.server.Maintain(began.UnixMilli())
		pause := time.Since(began)
		if err != nil {
			h.options.Log.Error("maintain", "error", err.Error())
		}
		if !again {
			pause = PurgeEvery
		}
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			wait.Stop()
			return
		case <-wait.C:
		}
	}
}
