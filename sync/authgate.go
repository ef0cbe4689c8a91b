package sync

// reconnect begins network work anew.
func (e *Engine) reconnect() {
	if e.phase == ready && e.running {
		e.link.Disconnect()
		e.link.Connect()
	}
}

// callWakes brings paused auth modes back when the app does something.
func (e *Engine) callWakes(event Event) {
	switch event.(type) {
	case Save, Delete, Clear, Retry, Edit, Restore:
		e.auth.WakeSoon()
	}
}
