package http

import (
	"context"
	"errors"
	"time"

	"github.com/deltabase/deltabase/server"
)

// Functions calls the conflict functions of strategy LAMBDA: the name of one and an event, JSON
// both ways. server/function has one.
type Functions interface {
	Call(ctx context.Context, name string, event []byte) ([]byte, error)
}

var errNoFunctions = errors.New("this host runs no functions")

// decide asks until the request is answered, outside of any transaction. The whole request has 30
// seconds then. What is committed between two questions is published at once.
func (h *Host) decide(ctx context.Context, began time.Time, answer server.Answer) server.Answer {
	if answer.Need == nil {
		return answer
	}
	ctx, cancel := context.WithDeadline(ctx, began.Add(server.DecisionDeadlineMs*time.Millisecond))
	defer cancel()
	for answer.Need != nil {
		if answer.Committed {
			h.Committed()
		}
		need, decision := answer.Need, server.Decision{Err: errNoFunctions}
		if h.options.Functions != nil {
			decision.Answer, decision.Err = h.options.Functions.Call(ctx, need.Function, need.Event)
		}
		h.options.Metrics.decided(decision.Err)
		answer = need.Resume(server.Call{
			NowMs: time.Now().UnixMilli(), Expired: func() bool { return ctx.Err() != nil },
		}, decision)
	}
	return answer
}
