// Package store is the local database: what a row, a mutation and a commit are, the in-memory
// image that the engine reads, and the staging of commits on their way to disk.
//
// A Database keeps commits durable in three object stores, "log", "pages" and "meta", and knows
// everything about their format. The concrete stores (store/memory, store/indexeddb) only bring a
// Backend: transactions over named JSON texts.
package store

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Store keeps commits durable. One goroutine uses it; calls block until they are finished.
// Every error is a *Fault.
type Store interface {
	// Load brings everything into a new image and takes the database over: it writes a row of
	// its own, so that an older writer's next commit is fenced. Corrupt pages and log rows are
	// left out, kept aside in the meta store and listed as faults; the rest is loaded. An image
	// beside an error is what could be read of a database that can't be written.
	Load(s *schema.Schema) (*Image, []*Fault, error)
	// Salvage is Load for a database that can't be read at once: what can't be read is left out as
	// if it were corrupt.
	Salvage(s *schema.Schema) (*Image, []*Fault, error)
	// Commit returns after the transaction completed. A commit whose Seq was already written by
	// somebody else fails with code "fenced" and changes nothing (rule 10).
	Commit(c *Commit) error
	// Fold moves at most one page worth of old log rows into pages, one transaction, and reports
	// whether more is left. Never touches log rows that hold live outbox entries.
	Fold() (more bool, err error)
	// Check finds out whether the database is still there: nil, or a fault such as deleted.
	Check() error
	// Rebuild writes everything anew, in one transaction, after the database was deleted. whole
	// comes from Image.Whole; the next commit's Seq follows it.
	Rebuild(whole *Commit) error
	Close() error
	// Destroy deletes the database.
	Destroy() error
}

// Reader is what the engine plans with: committed state, or committed and staged state.
type Reader interface {
	Row(k Key) (Row, bool)
	// Mutations of one record in save order, parked ones excluded.
	Mutations(k Key) []*Mutation
	Mutation(id string) (*Mutation, bool)
	// View is what the app sees: base with the pending changes applied in order (rule 1); Missing
	// when there is no such record or it is deleted. A created record carries null for every
	// stored field that was not supplied.
	View(k Key) record.Value
	Meta(key string) record.Value
}
