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
	ReserveBytes    int // padding on the disk, removed when the disk is full so that the outbox has room
}

const (
	pageRowsMax     = 500
	pageBytesMax    = 180_000
	bulkRowsMin     = 200
	bulkBytesMin    = 100_000
	foldLogRowsMin  = 200
	foldLogBytesMin = 256_000
	reserveBytes    = 1 << 20

	recentCommitsMax = 1000 // commits that an image remembers for observers that come late
	recentKeysMax    = 5000 // records in those commits

	journalEntriesMax   = 1000 // entries kept in the journal, the newest ones
	journalChunkEntries = 100  // journal entries in one value of the meta store
	salvageValuesMax    = 16   // corrupt pages set aside; corrupt log rows are all kept
	salvageBytesMax     = 1_000_000
	openingRowsMax      = 256 // opening rows kept, so that even a writer from that many takeovers ago is fenced
	loadAttemptsMax     = 3   // loads while another writer is still finishing
	roomAttemptsMax     = 30  // writes after the reserve was removed, until the disk counts its room as free
	slabBytes           = 128 << 10
	slabFirstBytes      = 2 << 10 // of the first chunk; each further one is twice as large

	columnsMax      = 24   // columns of one model, at 9 bytes per record
	indexesMax      = 8    // indexes of one model, at 4 bytes per record
	walkSlots       = 1024 // slots that are checked against a predicate at a time
	lookupValuesMax = 100  // values that are looked up in an index one by one
	lookupSharesMin = 32   // for values that related records name: one value for each so many records of the model
)

// DefaultLimits are the limits in the page.
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
