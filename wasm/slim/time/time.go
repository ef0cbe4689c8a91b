//go:build js

// Package time stands in for the standard library's time in the page's module, which only waits.
// The whole package brings zones, layouts and godebug's settings (a twentieth of the
// module, with context). The timers are the runtime's, which knows these functions by their names; js/build.mjs
// puts the package in place with go build -overlay, and nothing imports it by this path.
package time

import "unsafe"

// Duration is in nanoseconds.
type Duration int64

const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
)

// Time is what a channel of After gets; nothing reads clocks here.
type Time struct{}

// Timer is laid out as the runtime's timers begin.
type Timer struct {
	C    <-chan Time
	init bool
}

// Sleep pauses the goroutine.
func Sleep(d Duration)

//go:linkname runtimeNano
func runtimeNano() int64

//go:linkname newTimer
func newTimer(when, period int64, f func(any, uintptr, int64), arg any, channel unsafe.Pointer) *Timer

//go:linkname stopTimer
func stopTimer(*Timer) bool

// After gives a channel that gets a value when the time is over.
func After(d Duration) <-chan Time {
	c := make(chan Time, 1)
	AfterFunc(d, func() { c <- Time{} })
	return c
}

// AfterFunc calls f in a goroutine of its own when the time is over.
func AfterFunc(d Duration, f func()) *Timer {
	return newTimer(runtimeNano()+int64(d), 0, func(f any, _ uintptr, _ int64) { go f.(func())() }, f, nil)
}

// Stop keeps the function from being called; it reports whether it was in time.
func (t *Timer) Stop() bool { return stopTimer(t) }
