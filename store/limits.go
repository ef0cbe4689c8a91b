package store

// Limits of the local database. The zero value of a field means its default.
type Limits struct {
	PageRowsMax  int // rows in one page
	PageBytesMax int // bytes of one page; values of 256 kB or more become slow blob files in Chromium
	// A commit with more rows or bytes than these writes its rows straight into pages.
	BulkRowsMin  int
	BulkBytesMin int
	// Folding starts when the log holds more than either of these.
	FoldLogRowsMin  int
	FoldLogBytesMin int
	ReserveBytes    int // kept on the disk, to be given back to the outbox when the disk is full
}

const (
	pageRowsMax     = 500
	pageBytesMax    = 180_000
	bulkRowsMin     = 200
	bulkBytesMin    = 100_000
	foldLogRowsMin  = 200
	foldLogBytesMin = 256_000
	reserveBytes    = 1 << 20

	recentCommitsMax = 1000 // commits that an image remembers for late observers
	recentKeysMax    = 5000 // records in them

	journalEntriesMax   = 1000 // journal entries kept, the newest
	journalChunkEntries = 100  // journal entries in one value of the meta store
	salvageValuesMax    = 16   // corrupt pages kept aside; log rows always
	salvageBytesMax     = 1_000_000
	openingRowsMax      = 256 // opening rows kept, so that a writer that many takeovers old is fenced
	loadAttemptsMax     = 3   // loads while another writer is still finishing
	roomAttemptsMax     = 30  // writes after the reserve was given back, until its room is counted as free
	slabBytes           = 128 << 10
	slabFirstBytes      = 2 << 10 // of the first chunk; each further one is twice as large

	columnsMax      = 24   // columns of one model, at 9 bytes per record
	indexesMax      = 8    // indexes of one model, at 4 bytes per record
	walkSlots       = 1024 // slots that are put through a predicate at a time
	lookupValuesMax = 100  // values that are looked up in an index one by one
	lookupSharesMin = 32   // and of what related records name, one value per so many records of the model
)

// DefaultLimits are what the page runs with.
func DefaultLimits() Limits { return Limits{}.orDefault() }

func (l Limits) orDefault() Limits {
	set := func(field *int, value int) {
		if *field <= 0 {
			*field = value
		}
	}
	set(&l.PageRowsMax, pageRowsMax)
	set(&l.PageBytesMax, pageBytesMax)
	set(&l.BulkRowsMin, bulkRowsMin)
	set(&l.BulkBytesMin, bulkBytesMin)
	set(&l.FoldLogRowsMin, foldLogRowsMin)
	set(&l.FoldLogBytesMin, foldLogBytesMin)
	set(&l.ReserveBytes, reserveBytes)
	return l
}
