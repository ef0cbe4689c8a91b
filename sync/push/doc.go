// Package push sends the outbox. It chooses what is sent together, marks it as sent, makes the request, and finds out
// from the answer what became of each change.
//
// It answers what the link tells it (link.Pushes), and the answers to its own requests. It owns the request under way,
// the delays of the queue and of single changes, and what it has looked up. It may use the commit door (by merges),
// timers, requests of the link, the auth modes of changes and the outbox's rules. It tells pull when an answer leaves a
// gap, decide which changes were refused or met a newer row, and the app what became of a change.
package push
