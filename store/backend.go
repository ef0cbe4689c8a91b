package store

// Area is one of the three object stores.
type Area string

const (
	LogArea   Area = "log"   // one row per commit; keys are commit sequences in decimal
	PagesArea Area = "pages" // up to 500 rows of one model; keys are Model/number
	MetaArea  Area = "meta"  // named values
)

// Areas are all object stores of a database, in the order that ReadAll goes through them.
var Areas = []Area{PagesArea, LogArea, MetaArea}

// Op is one step of a transaction.
type Op struct {
	Kind OpKind
	Area Area
	Key  string
	Text []byte // of Add and Put: UTF-8
}

// ops collects the steps of a transaction.
type ops []Op

func (o *ops) add(area Area, key string, text []byte) { o.append(Add, area, key, text) }
func (o *ops) put(area Area, key string, text []byte) { o.append(Put, area, key, text) }
func (o *ops) delete(area Area, key string)           { o.append(Delete, area, key, nil) }

//go:noinline
func (o *ops) append(kind OpKind, area Area, key string, text []byte) {
	*o = append(*o, Op{kind, area, key, text})
}

// OpKind says what an Op does.
type OpKind uint8

const (
	Add    OpKind = iota // fails the whole transaction with code fenced where the key exists
	Put                  // writes, or overwrites
	Delete               // without effect when there is no such key
)

// Batch is one transaction: all of its Ops happen, in order, or none.
type Batch struct {
	Kind   Kind
	Name   string // of the commit; for logs and for fault injection
	Strict bool   // durability: it survives a power loss as soon as Write has returned
	Ops    []Op
}

// Preread is what a host read from a database before the program ran.
type Preread struct {
	Entries []Entry // in the order of Backend.ReadAll
	Whole   bool    // the entries are everything in the database
	Damage  string  // why the browser removed the database before, "" when it did not
}

// Entry is one value of a database.
type Entry struct {
	Area Area
	Key  string
	Text []byte
}

// Backend is what a concrete store implements. One goroutine uses it. Every error is a *Fault.
type Backend interface {
	// ReadAll calls each for every entry: pages, then the log by ascending sequence, then meta,
	// all read in one transaction. each may keep the text.
	ReadAll(each func(area Area, key string, text []byte)) error
	// ReadEach is ReadAll for a database that can't be read in one transaction: it reads entry by entry, and passes a
	// nil text for each entry that can't be read.
	ReadEach(each func(area Area, key string, text []byte)) error
	// Get reads one entry.
	Get(area Area, key string) (text []byte, found bool, err error)
	// Write returns when the transaction has completed. After a lost connection it tries once more; when it then finds
	// the same batch already written, it has succeeded. When the second attempt fails too, the fault is Doubtful. When
	// the database was replaced by a new one in between, the fault is deleted, and stays so until Renew.
	Write(b Batch) error
	// Reserve writes about that many bytes of padding, unless they are there already; 0 removes the padding.
	Reserve(bytes int) error
	// FreshLog keeps new log rows apart from what a killed process may have left half written, on storage where both
	// could be lost together. It is called once in a connection's life. If it fails, the write after it shows that.
	FreshLog()
	// Renew continues with the new, empty database after a deletion.
	Renew() error
	Close() error
	// Destroy closes and deletes the database.
	Destroy() error
}
