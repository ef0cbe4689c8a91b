// Package peer knows the server: whether it is one of ours, which extensions it takes, and what its errors mean.
//
// It answers no events: link, pull and push tell it what the server said. It owns the note about the kind of server,
// reads the stage, and writes the note by the commit door. It tells no other room.
package peer
