// Package auth holds the credentials of a session, by auth mode, and chooses by whom each request is made.
//
// It answers TokenAnswered and TokenFailed, and hears of providers with Start, of a tab that is gone, and
// of what servers accepted and refused. It owns the credentials, which modes worked, and whose the
// database is; it touches the stage for that. Nobody waits in a queue for it: the plans of pulls, outbox and
// socket look again after each event. It tells the app of a pause, and the engine when all network work is
// to begin anew.
package auth
