package decide

const (
	conflictBaseMs  = 50 // until the second question about a change, doubled up to the next
	conflictCapMs   = 5_000
	handlerAnswerMs = 30_000
)
