package decide

const (
	conflictBaseMs  = 50 // before the second attempt at a decision, doubled each time up to the next
	conflictCapMs   = 5_000
	handlerAnswerMs = 30_000
)
