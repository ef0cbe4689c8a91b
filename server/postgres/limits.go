package postgres

import "time"

// Limits of the back end.
const (
	ConnectionsDefault = 16 // of the pool; pool_max_conns in the address says otherwise
	ConnectionsMin     = 8  // two that write, three that read, two for what the server reads by itself, one for hints
	OwnReaders         = 2

	TriesMax         = 8                     // of an update that another one overtook
	PauseMax         = 50 * time.Millisecond // before the next try, at first a hundredth of it
	FreshTries       = 2                     // to begin, when pooled connections turn out to be dead
	OpenTries        = 10                    // to make the tables while another node makes them
	TransactionSpan  = 30 * time.Second      // a transaction is given up after it: a connection that leads nowhere keeps nobody
	ConnectWithin    = 5 * time.Second       // unless the address has connect_timeout
	CloseWithin      = 5 * time.Second
	LockWithinMs     = 5_000  // that the position row is waited for
	IdleWithinMs     = 10_000 // after which the database ends a transaction whose node went silent
	FirstRows        = 16     // of a read; how many come next depends on their bytes
	HeadBytes        = 200    // of an index key that are in the database's own index; the rest of it is beside them
	HintEvery        = 10 * time.Millisecond
	ListenAgainAfter = time.Second // when the listening connection is gone
)
