// Package turns shares few places among many callers, fairly: whose turn it is goes round the callers,
// however many requests each of them has waiting.
package turns

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrFull means that too many wait already: of the caller's own requests, or of all.
var ErrFull = errors.New("turns: too many are waiting")

// Queue hands out places. Of one caller's requests the oldest goes first.
type Queue struct {
	mu      sync.Mutex
	free    int
	waiting int
	lines   map[string]*line
	round   []*line // that have somebody waiting, next first
}

type line struct {
	caller  string
	waiters []chan struct{} // closed when it is their turn
}

// New makes a queue for so many places.
func New(places int) *Queue { return &Queue{free: places, lines: map[string]*line{}} }

// Wait takes a place; done gives it back and must be called once. The error is ErrFull, or ctx's when
// it ended first: then nothing was taken.
func (q *Queue) Wait(ctx context.Context, caller string) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w, err := q.join(caller)
	if err != nil || w == nil {
		return q.leave, err
	}
	select {
	case <-w:
		return q.leave, nil
	case <-ctx.Done():
	}
	if q.giveUp(caller, w) {
		return nil, ctx.Err()
	}
	return q.leave, nil // it came just now
}

// join takes a free place, or stands in line.
func (q *Queue) join(caller string) (chan struct{}, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free > 0 {
		q.free--
		return nil, nil
	}
	l := q.lines[caller]
	if q.waiting >= WaitingMax || l != nil && len(l.waiters) >= WaitingPerCallerMax {
		return nil, ErrFull
	}
	if l == nil {
		l = &line{caller: caller}
		q.lines[caller] = l
		q.round = append(q.round, l)
	}
	w := make(chan struct{})
	l.waiters = append(l.waiters, w)
	q.waiting++
	return w, nil
}

// Waiting counts who waits.
func (q *Queue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// leave passes the place on.
func (q *Queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.round) == 0 {
		q.free++
		return
	}
	l := q.round[0]
	close(l.waiters[0])
	q.round = q.round[1:]
	q.waiting--
	if l.waiters = l.waiters[1:]; len(l.waiters) > 0 {
		q.round = append(q.round, l)
	} else {
		delete(q.lines, l.caller)
	}
}

// giveUp takes a waiter out; false when its turn had come.
func (q *Queue) giveUp(caller string, w chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	l := q.lines[caller]
	if l == nil {
		return false
	}
	i := slices.Index(l.waiters, w)
	if i < 0 {
		return false
	}
	q.waiting--
	if l.waiters = slices.Delete(l.waiters, i, i+1); len(l.waiters) == 0 {
		delete(q.lines, caller)
		q.round = slices.DeleteFunc(q.round, func(other *line) bool { return other == l })
	}
	return true
}
