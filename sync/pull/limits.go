package pull

const (
	answerMsMax       = 35_000
	parallelModelsMax = 4
	failuresMax       = 3 // after these a model no longer holds up its children and the round
	unauthorizedMs    = 60_000
	messagesMax       = 10_000 // buffered per model; more of them ask for a delta instead
	pollFirstMs       = 10_000 // without a realtime connection, until the first poll
	pollCapMs         = 60_000
	goneMax           = 10_000 // ids per model that are remembered to have left the scope
	wishesMax         = 1_000  // calls of sync() that are unanswered
	baseRunLeastMs    = 60_000 // until a base run that is overdue, unless syncInterval is shorter
)
