// Package tell speaks to the app: by replies, reports and Hub events. It also sees to the order of a start's first
// events.
//
// It answers no events: every room uses it. It owns the announcements that wait until the greeting of a start is over,
// reads the image, and puts effects out.
package tell
