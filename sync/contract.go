// Package sync is the engine: Step(Event) gives Effects. It has no clock, randomness, storage,
// network or goroutine; importers name it engine, because it shadows the standard library's sync.
package sync

// CONTRACT (to be implemented; this file goes away).

// Engine is one local database's sync engine. Not safe for concurrent use.
type Engine struct{}

// New makes an engine that waits for Configure.
func New() *Engine { panic("unwritten") }

// Step takes one event and returns what is to be done, in order. Same events, same effects.
func (e *Engine) Step(at Moment, event Event) []Effect { panic("unwritten") }

// Error is a typed failure: Code is stable, Message says what to do.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }
