// Package tell is the engine's voice: replies, reports and Hub events, and the order in which the first of
// them come.
//
// It answers no events: every room speaks through it. It owns what waits for the greeting of a start to be over,
// reads the image, and puts effects out.
package tell
