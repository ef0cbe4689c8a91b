package clock

const (
	sleptMs         = 10_000 // a timer that is later than this tells of a sleep
	timerDelayMsMax = 1 << 40
	timerLateMs     = 1_000 // a timer that is later than this is due at once

	retryBaseMs     = 100
	retryCapMs      = 60_000
	retryAfterMsMax = 3_600_000 // a Retry-After that asks for more is honoured up to here
)
