// Package clock is the time of the engine as its host tells it: named timers, and delays with jitter.
//
// It answers Tick, and every event's Moment. It owns the time, the timers and the sequence of random
// numbers of an event. It touches nothing else; whoever set a timer is told by its function, and the
// engine hears what a clock that moved or came late tells.
package clock
