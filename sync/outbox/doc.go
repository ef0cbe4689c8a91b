// Package outbox decides what becomes of queued changes: how a new one is folded into what waits, who waits
// for whose create, what moves onto which row when an answer comes, what fits a new schema, and what goes
// again. All of it is decided on the staged view, and added to commits that others stage.
//
// It answers no events by itself: saves, deletes, the calls on the outbox, answers and conflicts come here.
// It owns no state; the queue is the stage's. It touches the stage and the clock, and tells those who call it.
package outbox
