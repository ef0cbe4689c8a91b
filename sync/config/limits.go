package config

const (
	syncPageRowsMax     = 1_000
	syncPageRowsDefault = 1_000
	syncRecordsDefault  = 10_000
	syncIntervalSeconds = 86_400
	secondsMax          = 100 * 365 * 86_400
)
