// Package decide asks the app what only it can decide: conflicts, by the conflictHandler, and changes that do
// not fit a new schema, by the migrate callback. What cannot be decided is held.
//
// It answers HandlerAnswered and HandlerFailed, tabs that start, stop or go, and what push tells it: a
// conflict, a refusal. It owns the open questions and who was asked. It may touch the commit door (by merges),
// timers and the outbox's rules. It tells the app what is held; what is decided push finds in the outbox.
package decide
