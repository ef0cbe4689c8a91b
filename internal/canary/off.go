//go:build !canary

package canary

const (
	StaleRow         = false
	StaleWrite       = false
	Resurrect        = false
	EarlyAck         = false
	CursorFirst      = false
	DroppedOn5xx     = false
	DroppedOnExpiry  = false
	LostRebase       = false
	NoFence          = false
	FoldSent         = false
	SeqOrder         = false
	AppliedTwice     = false
	WrongAlias       = false
	BufferDropped    = false
	RemovesPending   = false
	RemovesTouched   = false
	ChildFirst       = false
	HeldDropped      = false
	EarlyNotify      = false
	RelaxedOutbox    = false
	StaysLive        = false
	ConditionLost    = false
	KeepsCursor      = false
	LateTip          = false
	FoldLosesOutbox  = false
	SilentLoss       = false
	UnmarkedSend     = false
	EarlyDirectory   = false
	LastStart        = false
	BlindResend      = false
	DeleteResurrects = false
	HintWalls        = false
	Overtakes        = false
	OthersChanges    = false
	AnyPerson        = false
	KeptTokens       = false
	KnownIsWhole     = false
)
