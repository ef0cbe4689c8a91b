package http

import (
	"context"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
)

// Prepare loads what the core needs to verify a token without waiting, such as an issuer's new
// key. Its error is logged; the core then refuses the token.
type Prepare func(ctx context.Context, authorization string, now time.Time) error

func (h *Host) prepare(ctx context.Context, c server.Credentials) {
	if h.options.Prepare == nil || c.Authorization == "" {
		return
	}
	if err := h.options.Prepare(ctx, c.Authorization, time.Now()); err != nil {
		h.options.Log.Error("issuer", "error", err.Error())
	}
}

// prepareFrame looks into a start frame, whose credentials are its own, before the hub's lock is
// taken.
func (h *Host) prepareFrame(ctx context.Context, text []byte) {
	if h.options.Prepare == nil {
		return
	}
	frame, err := appsync.ParseFrame(text)
	if err != nil || frame.Type != appsync.TypeStart {
		return
	}
	h.prepare(ctx, server.CredentialsOf(frame.Authorization()))
}

// expire closes the sockets whose tokens have run out.
func (h *Host) expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.send(h.hub.Expire(time.Now().UnixMilli()))
}
