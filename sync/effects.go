package sync

import "github.com/deltabase/deltabase/sync/effect"

// Effect is something for the host to do. The host answers each effect that has an ID once, with success or failure;
// the engine ignores late answers. Package effect describes each.
type Effect = effect.Effect

// The effects.
type (
	Load         = effect.Load
	Commit       = effect.Commit
	Rebuild      = effect.Rebuild
	Fold         = effect.Fold
	Send         = effect.Send
	OpenSocket   = effect.OpenSocket
	WriteSocket  = effect.WriteSocket
	CloseSocket  = effect.CloseSocket
	AskHandler   = effect.AskHandler
	AskMigration = effect.AskMigration
	AskToken     = effect.AskToken
	Reply        = effect.Reply
	Notify       = effect.Notify
	Report       = effect.Report
	Announce     = effect.Announce
	Wake         = effect.Wake
	Cancel       = effect.Cancel
	SetGate      = effect.SetGate
	Halt         = effect.Halt
)
