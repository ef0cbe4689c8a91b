package turns

// Limits of what waits: it costs a goroutine each, and what its request holds.
const (
	WaitingMax          = 10_000
	WaitingPerCallerMax = 1_000
)
