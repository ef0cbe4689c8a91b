// Package merge brings the server's rows into the local database. Pages, messages and answers go the same way: by
// version, under the pending changes. What a deleted record owns is hidden with it; a record with pending changes is
// only hidden or removed when the last of them ends.
//
// It answers no events: pull and push begin a merge, say where its rows come from, and finish it. It owns the merge
// under way, reads the stage, and commits by the door. It tells the Scope which rows left it.
package merge
