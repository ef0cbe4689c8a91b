package turns

// Limits of waiting requests. Each costs a goroutine, and the memory that its request holds.
const (
	WaitingMax          = 10_000
	WaitingPerCallerMax = 1_000
)
