package outbox

const (
	conflictAttemptsMax   = 10
	reportedDependantsMax = 100
	// attemptRound separates the attempts before and after the user's own retry: a mutation's
	// Attempts are round x attemptRound + attempts in this round, so that no wire id comes twice.
	attemptRound = 100
)
