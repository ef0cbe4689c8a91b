// Package live tells tabs what was committed, and answers queries from the committed image. Observers get changes, live
// queries get a result, followers get the outbox and the statuses of records.
//
// It answers Observe, Unobserve, Query and Aggregate; the engine tells it of every transaction. It owns the observers.
// It reads the image and the queue, changes neither, and tells tabs by notifications.
package live
