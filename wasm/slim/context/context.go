// Package context stands in for the standard library's context in the page's module, as
// wasm/slim/time does for time: go-indexeddb and store/indexeddb cancel, and know no deadlines and
// no values.
package context

import (
	"errors"
	"sync"
)

// Canceled is the error of a context that was cancelled.
//
//lint:ignore ST1012 the standard library's name
var Canceled = errors.New("context canceled")

// Context tells that what runs under it is no longer wanted.
type Context interface {
	Done() <-chan struct{}
	Err() error
}

// CancelFunc cancels a context and those made from it; after the first call it does nothing.
type CancelFunc func()

type background struct{}

func (background) Done() <-chan struct{} { return nil }
func (background) Err() error            { return nil }

// Background is never cancelled.
func Background() Context { return background{} }

type cancelled struct {
	parent   *cancelled
	done     chan struct{}
	mu       sync.Mutex
	err      error
	children map[*cancelled]struct{}
}

func (c *cancelled) Done() <-chan struct{} { return c.done }

func (c *cancelled) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// WithCancel makes a context that is cancelled by the function or with its parent.
func WithCancel(parent Context) (Context, CancelFunc) {
	c := &cancelled{done: make(chan struct{})}
	if p, ok := parent.(*cancelled); ok && !p.adopt(c) {
		c.cancel()
	}
	return c, c.cancel
}

// adopt reports whether the context is alive; then it cancels the child with itself.
func (c *cancelled) adopt(child *cancelled) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	if c.children == nil {
		c.children = make(map[*cancelled]struct{})
	}
	c.children[child] = struct{}{}
	child.parent = c
	return true
}

func (c *cancelled) cancel() {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return
	}
	c.err = Canceled
	children := c.children
	c.children = nil
	close(c.done)
	c.mu.Unlock()
	for child := range children {
		child.cancel()
	}
	if c.parent != nil {
		c.parent.disown(c)
	}
}

func (c *cancelled) disown(child *cancelled) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.children, child)
}
