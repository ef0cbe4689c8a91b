package auth

const (
	tokenAnswerMs = 30_000 // until a page's auth provider must have answered
	authRetryMs   = 60_000 // until a paused auth mode is tried again
	authWakeMinMs = 1_000  // the shortest pause: no call of the app wakes a mode sooner
)
