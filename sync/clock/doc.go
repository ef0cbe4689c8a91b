// Package clock is the time of the engine as its host tells it: named timers, and delays with jitter.
//
// It answers Tick, and takes every event's Moment. It owns the time, the timers and the random sequence of an event,
// and touches nothing else. A timer that is due calls its function. Set and Tick tell the engine when the host's clock
// was set back and when the device has slept.
package clock
