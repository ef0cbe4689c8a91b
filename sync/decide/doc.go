// Package decide asks the app for decisions that only it can make: about conflicts, by the conflictHandler, and about
// changes that do not fit a new schema, by the migrate callback. It holds changes that get no decision.
//
// It answers HandlerAnswered and HandlerFailed. The engine tells it of tabs that start, stop or go; push tells it of
// conflicts and refusals. It owns the open questions and the list of tabs that were asked. It may use the commit door
// (by merges), timers and the outbox's rules. It tells the app which changes are held; push finds decided changes in
// the outbox.
package decide
