//go:build ack_early

package main

// acknowledgeEarly breaks rule 14 on purpose: test/kill.test.mjs builds the module with the tag
// ack_early to show that it would notice.
const acknowledgeEarly = true
