package app

// Call is where an answer goes: a request of a tab. Each is answered by exactly one Reply.
type Call struct {
	Tab string
	ID  uint32
}

// Line is how a room of the engine speaks with the app.
type Line interface {
	Reply(call Call, body []byte) // nil for null
	Fail(call Call, problem *Error)
	Report(Trouble)
	Announce(event string, data []byte) // data is JSON or nil
}
