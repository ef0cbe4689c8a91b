// Package queue is the outbox as the app sees it: it lists what is queued, retries, edits and discards it,
// gives a record's status, parks what may not be sent here and brings it back.
//
// It answers Outbox, Retry, Edit, Discard, Restore, Dump and Status; the engine asks it at a load, at a clear
// and when schema or endpoint change, and observers what stands where (live.Queue). It owns the meta entries
// "db/app" and "db/local", by which a database changes hands. It may touch the commit door, timers, and by the
// outbox's rules the mutations. It tells push that the app wants something sent, decide that a question is
// closed or comes back, pull which models to fetch anew, and the app what was parked.
package queue
