package clock

const (
	sleptMs         = 10_000 // a Tick that comes later than this means that the device slept
	timerDelayMsMax = 1 << 40
	timerLateMs     = 1_000 // a timer overdue by more than this shows that the clock was set forward: a new Wake is sent

	retryBaseMs     = 100
	retryCapMs      = 60_000
	retryAfterMsMax = 3_600_000 // a longer Retry-After is shortened to this
)
