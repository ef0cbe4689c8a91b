//go:build !ack_early

package main

// acknowledgeEarly is what this build never does: a commit is done when its transaction completed.
const acknowledgeEarly = false
