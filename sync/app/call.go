package app

// Call is where an answer goes: a request of a tab. Each is answered by exactly one Reply.
type Call struct {
	Tab string
	ID  uint32
}
