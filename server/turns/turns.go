// Package turns shares a few places among many callers, fairly: the callers take turns, however many requests each of
// them has waiting.
package turns

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrFull says that too many requests wait already: those of this caller, or all together.
var ErrFull = errors.New("turns: too many are waiting")

// Queue gives out places. Among the requests of one caller the oldest goes first.
type Queue struct {
	mu      sync.Mutex
	free    int
	waiting int
	lines   map[string]*line
	round   []*line // callers with waiting requests, the next one first
}

type line struct {
	caller  string
	waiters []chan struct{} // each is closed when its turn comes
}

// New makes a queue with that many places.
func New(places int) *Queue { return &Queue{free: places, lines: map[string]*line{}} }

// Wait takes a place. Call done once to give it back. The error is ErrFull, or that of ctx when ctx ended first; then
// no place was taken.
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
	return q.leave, nil // the turn came at the same moment
}

// join takes a free place, or joins the queue.
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

// Waiting is the number of waiting requests.
func (q *Queue) Waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting
}

// leave gives the place to the next one.
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

// giveUp removes a waiting request; false when its turn had already come.
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
