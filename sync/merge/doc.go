// Package merge brings the server's rows into the local database: pages, messages and answers go the same
// way, by version, under the pending changes. What the server deleted takes along what it owns, and
// what changes of this page kept here falls due with their end.
//
// It answers no events: pulls and outbox begin a merge, told where its rows come from, and finish it. It
// owns the merge under way, reads the stage, and tells the commit door; the Scope hears which rows left it.
package merge
