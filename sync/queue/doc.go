// Package queue is the outbox as the app sees it. It lists queued changes, retries, edits and discards them, gives the
// status of a record, and parks and restores changes that may not be sent now.
//
// It answers Outbox, Retry, Edit, Discard, Restore, Dump and Status. The engine calls it at a load, at a clear, and
// when schema or endpoint change; observers ask it for states (live.Queue). It owns the meta entries "db/app" and
// "db/local", by which it notices that another app uses the database. It may use the commit door and timers, and
// changes mutations by the outbox's rules. It tells push that the app wants something sent, decide that a question is
// closed or open again, pull which models to fetch anew, and the app what was parked.
package queue
