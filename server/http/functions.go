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
func (h *Host) decide(ctx context.Context, began time.Time, queue string, answer server.Answer) server.Answer {
	if answer.Need == nil {
		return answer
	}
	// What a function said in time, or that it said nothing, is still written down after that.
	waits, cancel := context.WithDeadline(ctx, began.Add(server.DecisionDeadlineMs*time.Millisecond+h.options.Deadline))
	defer cancel()
	ctx, cancel = context.WithDeadline(waits, began.Add(server.DecisionDeadlineMs*time.Millisecond))
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
		call := callWithin(ctx, time.Now(), queue)
		call.Context = waits
		answer = need.Resume(call, decision)
	}
	return answer
}
