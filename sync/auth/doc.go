// Package auth holds the credentials of a session, by auth mode, and chooses the mode of each request.
//
// It answers TokenAnswered and TokenFailed. The engine tells it which providers a Start declares and which tab is gone;
// the rooms that send requests tell it which credentials a server accepted or refused. It owns the credentials, which
// modes worked, and whom the database belongs to, which it keeps in a meta entry by the commit door. It has no queue of
// waiting requests: pull, push and link look again after each event. It tells the app of a pause, and has the engine
// begin all network work anew.
package auth
