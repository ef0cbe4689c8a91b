package server

import "github.com/deltabase/deltabase/schema"

// Limits of the server (rule 15). Each is a constant here; those that a deployment may change are in Options.
const (
	BodyBytesMax          = 1 << 20 // a request body
	DocumentBytesMax      = 256_000 // a GraphQL document
	DocumentTokens        = 60_000  // tokens in a document, before it is parsed to the end
	DepthMax              = 10      // levels of nested selections
	IntrospectionDepthMax = 20      // and below __schema and __type
	HiddenFieldsToldMax   = 10      // errors about one selected field that is hidden in rows
	RootFieldsMax         = 100     // root fields of one operation
	FieldsPerRootMax      = 300     // fields below one root key, or in a fragment, fragments expanded
	OperationsMax         = 100     // operations in a document
	FragmentsMax          = 100     // fragments in a document
	IDBytesMax            = 2_048   // a record id (DynamoDB's bound on a partition key)
	IndexKeyBytesMax      = 3_072   // a row's key in an index (DynamoDB's bounds on both parts of one)

	VariablesMax     = 500     // variables of an operation
	ValueDepthMax    = 32      // lists and objects inside one another in an argument
	DocumentNodesMax = 100_000 // selections, values and directives, fragments expanded

	ValidationErrorsMax   = 10    // mistakes of an invalid document that are reported
	QuotedBytesMax        = 1_000 // bytes of a request that an error quotes
	ExpiryCheckEverySteps = 1_000 // how often a walk over a document looks at the deadline

	ArgumentBytesMax         = 2 << 20               // arguments in the text of a document, with variables inserted
	RecordBytesMax           = schema.RecordBytesMax // a stored row
	PageRowsMax              = 1_000                 // rows evaluated for a page of sync or list
	PageRowsDefault          = 100                   // rows of a page when no limit was given
	PageBytesMax             = 1_000_000             // row data evaluated for a page
	ResponseBytesMax         = 8_000_000             // bytes of the answers of all root fields of a request
	IntrospectionMax         = 100_000               // objects of all introspection fields of a request
	NestedRowsMax            = 10_000                // rows that nested fields of one request may evaluate
	HeavyRows                = 10_000                // rows that a request may read before it queues with heavy ones
	RowsPerRequestMax        = 25_000                // rows that all fields of one request may read
	ComparisonsPerRequestMax = 250_000               // of filters with rows
	ComparedBytes            = 1_000                 // bytes of a row per comparison; a longer row counts as several
	MutationIDBytesMax       = 128
	CursorBytesMax           = 1_024
	DecisionRoundsMax        = 5      // calls of a conflict function about one mutation
	TokenBytesMax            = 11_264 // room for the longest id and the longest key of an index

	SocketsPerUserMax = 20 // realtime connections of one signed-in user; API keys name no user
	PastReadersMax    = 20 // changes of a row's owner or groups that a client's cursor may span

	CachedDocumentsMax      = 1_000
	CachedDocumentBytesMax  = 16_000_000 // texts, and what was parsed of them
	ExpiryCheckEveryRows    = 100        // how often a read looks at its deadline
	TouchAfterMs            = 60_000
	RestoredVersionGap      = 1_000_000 // versions that a restored row leaves out: more than were lost with the old database
	ClockAheadMs            = 60_000    // by which the last change may be ahead of the clock, as after a small correction
	AgesMax                 = 100       // positions of which a database notes when they were reached, to know how old the log is, and tombstones
	AgesEveryMs             = 60_000    // between two of these positions, at least
	AgesSavedEveryMs        = 600_000   // how long servers run between two notes of it, where nothing changes
	PurgeRowsPerTransaction = 200       // so that a writer waits for one short step at most
	StepRows                = 200       // rows in one step of filling an index, for the same reason
	RewriteRows             = 50        // rows in one step of rewriting rows
	StepsAtStart            = 16        // steps before the server answers, so that small work is done at once

	SubscriptionsPerSocketMax  = 200
	SubscriptionBytesMax       = 4_000_000 // bytes that the subscriptions of a socket, or of a user, keep
	ModelsPerSocketMax         = 1_000     // in multiplexed subscriptions
	FrameBytesMax              = 256_000   // a message that a client sends
	EventBytesMax              = 240_000   // the payload of a subscription event
	PublishEntriesPerRead      = 500
	PublishBytesPerRead        = 4_000_000
	ConnectionTimeoutMs        = 300_000
	KeepAliveIntervalMsDefault = 60_000

	LookRowsMax    = 10_000 // rows of a model that are compared with another schema before the server answers
	TakeOverTries  = 10     // attempts when other writers interfere
	ConversionsMax = 100    // conversions of rows within the time that tombstones are kept
	ExamplesMax    = 3      // ids of unfit rows in a message

	DeltaTTLMinutesDefault     = 30
	DeltaSlackMinutes          = 10 // kept longer than promised, for runs of pages that began in time
	TombstoneTTLMinutesDefault = 43_200
	DeadlineMsDefault          = 10_000
	DecisionDeadlineMs         = 30_000 // of a request that calls a conflict function
)
