// Package store is the local database: what a row, a mutation and a commit are, the in-memory
// image that the engine reads, and the staging of commits on their way to disk.
//
// A Database keeps commits durable in three object stores, "log", "pages" and "meta", and alone knows their format. The
// concrete stores (store/memory, store/indexeddb) only provide a Backend: transactions over named JSON texts.
package store

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Store keeps commits durable. One goroutine uses it; calls block until they are finished.
// Every error is a *Fault.
type Store interface {
	// Load reads everything into a new image and takes the database over: it writes a log row, so that the next commit
	// of an older writer is fenced. Corrupt pages and log rows are left out, set aside in the meta store, and returned
	// as faults; the rest is loaded. An image beside an error holds what could be read from a database that can't be
	// written.
	Load(s *schema.Schema) (*Image, []*Fault, error)
	// Salvage is Load for a database that can't be read in one transaction. It leaves out entries that can't be read,
	// as if they were corrupt.
	Salvage(s *schema.Schema) (*Image, []*Fault, error)
	// Commit returns when the transaction has completed. When another writer has already written a commit with its Seq,
	// it fails with code "fenced" and changes nothing (rule 10).
	Commit(c *Commit) error
	// Fold moves at most one page's worth of old log rows into pages, in one transaction, and reports whether more is
	// left. It never touches log rows that hold live outbox entries.
	Fold() (more bool, err error)
	// Check finds out whether the database is still there: nil, or a fault such as deleted.
	Check() error
	// Rebuild writes everything anew after the database was deleted, in one transaction. whole comes from Image.Whole;
	// the Seq of the next commit follows it.
	Rebuild(whole *Commit) error
	Close() error
	// Destroy deletes the database.
	Destroy() error
}

// Reader is what the engine reads to plan a commit: the committed state, or the committed and staged state.
type Reader interface {
	Row(k Key) (Row, bool)
	// Mutations of one record in save order, parked ones excluded.
	Mutations(k Key) []*Mutation
	Mutation(id string) (*Mutation, bool)
	// View is what the app sees: the base with the pending changes applied in order (rule 1). It is Missing when there
	// is no such record or it is deleted. In a created record, every stored field that was not supplied is null.
	View(k Key) record.Value
	Meta(key string) record.Value
}
