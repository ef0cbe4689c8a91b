package outbox

import "github.com/deltabase/deltabase/store"

// Attempt is how often a mutation was tried since its last round began.
func Attempt(m *store.Mutation) int { return m.Attempts % attemptRound }

// Exhausted reports that a mutation was tried as often as it is without a person.
func Exhausted(m *store.Mutation) bool { return Attempt(m) >= conflictAttemptsMax }
