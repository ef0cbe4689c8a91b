// Package ask keeps the list of tabs, and asks them one after the other until one has answered.
//
// It answers no events by itself. The engine passes on what TabJoined, TabGone, Configure, Start and Stop say about
// tabs; the rooms that ask pass on the answers. It owns the tabs and the open questions, and sets timers of the clock.
// When a tab stays silent, it calls the function that the asking room gave.
package ask
