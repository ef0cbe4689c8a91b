// Package push sends the outbox: what may travel together, the mark that it was sent, the request, and what
// the answer says about each change.
//
// It answers what the link tells (link.Pushes), and the answers to its own requests. It owns the request
// under way, the delays of the queue and of single changes, and what was looked up. It may touch the commit
// door (by merges), timers, requests of the link, auth modes of changes and the outbox's rules. It tells the
// pull when an answer leaves a gap, decide what was refused or met a newer row, and the app what became of a
// change.
package push
