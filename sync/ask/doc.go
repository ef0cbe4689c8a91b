// Package ask is about the tabs, and how they are asked: one after the other, until one has answered.
//
// It answers no events by itself: the engine hands on what TabJoined, TabGone, Configure, Start and Stop
// tell of tabs, and those who ask hand on the answers. It owns the tabs and the open questions, touches
// the clock, and tells who asked when a tab stays silent.
package ask
