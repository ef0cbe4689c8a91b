package sync

// callNudges is nudge for the calls by which an app wants something to go out, or to begin.
func (e *Engine) callNudges(event Event) {
	switch event.(type) {
	case Save, Delete, Retry, Edit, Restore, Start, Configure, Gate:
		e.link.Nudge()
	}
}
