// Package conflict holds the decisions about versions that both sides make: when an incoming row replaces a known one,
// when a mutation conflicts, what each strategy does then, and what the app's decision leads to. It is pure; the server
// and the page run the same code.
package conflict

// Names of the metadata fields in a row.
const (
	VersionField   = "_version"
	DeletedField   = "_deleted"
	ChangedAtField = "_lastChangedAt"
)

// Operation of a mutation.
type Operation string

const (
	Create Operation = "create"
	Update Operation = "update"
	Delete Operation = "delete"
)

// Strategy of a model: what the server does with a mutation whose _version is not the stored one.
type Strategy string

const (
	Automerge  Strategy = "AUTOMERGE"
	Optimistic Strategy = "OPTIMISTIC_CONCURRENCY"
	Lambda     Strategy = "LAMBDA"
	None       Strategy = "NONE" // the version is counted and not checked, so the last write wins
)
