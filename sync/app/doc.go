// Package app is how the engine speaks with the app: the calls that are answered, and what the app is
// told, by errors, reports and Hub events. Each kind of name stands in one table here.
//
// It answers no events and owns nothing. It may touch nothing but texts, and is told by every other room.
package app
