package auth

const (
	tokenAnswerMs = 30_000 // for a page's auth provider
	authRetryMs   = 60_000 // until a paused auth mode is tried again
	authWakeMinMs = 1_000  // the soonest that a call of the app does so
)
