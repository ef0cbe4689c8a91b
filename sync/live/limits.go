package live

const (
	observersMax = 10_000
)
