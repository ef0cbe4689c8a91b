package pull

const (
	answerMsMax       = 35_000
	parallelModelsMax = 4
	failuresMax       = 3 // after these, a model no longer holds up its children and the round
	unauthorizedMs    = 60_000
	messagesMax       = 10_000 // buffered per model; after more, a delta fetches them instead
	pollFirstMs       = 10_000 // until the first poll, without a realtime connection
	pollCapMs         = 60_000
	goneMax           = 10_000 // per model, ids of rows that left the sync expression
	syncCallsMax      = 1_000  // calls of sync() without an answer
	baseRunLeastMs    = 60_000 // until an overdue base run, unless syncInterval is shorter
)
