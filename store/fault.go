package store

// Codes of a Fault.
const (
	CodeQuota       = "quota"       // the disk or the origin's share of it is full
	CodeClosed      = "closed"      // the connection is gone
	CodeFenced      = "fenced"      // another engine writes this database now (rule 10)
	CodeCorrupt     = "corrupt"     // a stored value does not match its checksum
	CodeAborted     = "aborted"     // the transaction was rolled back
	CodeUnknown     = "unknown"     // the browser's storage had an internal failure (UnknownError)
	CodeUnavailable = "unavailable" // the browser offers no IndexedDB here: private mode, refused site data
	CodeBlocked     = "blocked"     // another connection holds the database open
	CodeDeleted     = "deleted"     // the database was deleted while it was open; Rebuild writes it anew
	CodeReplaced    = "replaced"    // another version of the app upgraded the database
)

// Fault is a storage failure. Code: quota, closed, fenced, corrupt, aborted, unknown,
// unavailable, blocked, deleted, replaced.
type Fault struct {
	Code    string
	Message string // a sentence that says what to do
	Model   string // of a corrupt page; "" when a corrupt value may concern every model
	Rows    int    // rows lost with a corrupt page, when known
	// Doubtful: the connection broke, and it is not known whether the transaction was carried out. When a Database
	// returns it, every call fails until the next Load, which finds out.
	Doubtful bool
}

func (f *Fault) Error() string { return f.Code + ": " + f.Message }

// AsFault returns err as a Fault; errors of other types become "aborted".
func AsFault(err error) *Fault {
	if err == nil {
		return nil
	}
	if fault, ok := err.(*Fault); ok {
		return fault
	}
	return &Fault{Code: CodeAborted, Message: err.Error()}
}
