// Package live tells tabs what is committed, and answers queries from that: observers hear changes, live
// queries a result, followers the outbox and the statuses of records.
//
// It answers Observe, Unobserve and Query, and hears of every transaction from the engine. It owns the
// observers, reads the image and the queue's standing, changes nothing, and tells tabs by notifications.
package live
