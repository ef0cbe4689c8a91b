package sim

import engine "github.com/deltabase/deltabase/sync"

// nameOf is an event that has no payload worth telling.
func nameOf(event engine.Event) string {
	switch event.(type) {
	case engine.TabJoined:
		return "tab joined"
	case engine.TabGone:
		return "tab gone"
	case engine.Configure:
		return "configure"
	case engine.Start:
		return "start"
	case engine.Stop:
		return "stop"
	case engine.Clear:
		return "clear"
	case engine.Observe:
		return "observe"
	case engine.Unobserve:
		return "unobserve"
	case engine.Outbox:
		return "outbox"
	case engine.Retry:
		return "retry"
	case engine.Edit:
		return "edit"
	case engine.Discard:
		return "discard"
	case engine.Restore:
		return "restore"
	case engine.Loaded:
		return "loaded"
	case engine.LoadFailed:
		return "load failed"
	case engine.Online:
		return "online"
	case engine.Offline:
		return "offline"
	case engine.Resumed:
		return "resumed"
	case engine.Gate:
		return "gate"
	}
	return "event"
}

func nameOfEffect(effect engine.Effect) string {
	switch effect.(type) {
	case engine.Load:
		return "load"
	case engine.Fold:
		return "fold"
	case engine.Cancel:
		return "cancel"
	case engine.OpenSocket:
		return "open socket"
	case engine.CloseSocket:
		return "close socket"
	case engine.SetGate:
		return "gate"
	case engine.Halt:
		return "halt"
	}
	return "effect"
}
