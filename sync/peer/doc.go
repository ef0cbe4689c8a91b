// Package peer is what the engine knows of the server: whether it is one of ours, which extensions it takes,
// and what its errors mean.
//
// It answers no events: links, pulls and pushes hand on what the server said. It owns the note of the
// server's kind, reads the stage, and writes the note by the commit door. It tells nobody.
package peer
