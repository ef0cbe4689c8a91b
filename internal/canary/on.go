//go:build canary

package canary

var (
	StaleRow         bool
	StaleWrite       bool
	Resurrect        bool
	EarlyAck         bool
	CursorFirst      bool
	DroppedOn5xx     bool
	DroppedOnExpiry  bool
	LostRebase       bool
	NoFence          bool
	FoldSent         bool
	SeqOrder         bool
	AppliedTwice     bool
	WrongAlias       bool
	BufferDropped    bool
	RemovesPending   bool
	RemovesTouched   bool
	ChildFirst       bool
	HeldDropped      bool
	EarlyNotify      bool
	RelaxedOutbox    bool
	StaysLive        bool
	ConditionLost    bool
	KeepsCursor      bool
	LateTip          bool
	FoldLosesOutbox  bool
	SilentLoss       bool
	UnmarkedSend     bool
	EarlyDirectory   bool
	LastStart        bool
	BlindResend      bool
	DeleteResurrects bool
	HintWalls        bool
	Overtakes        bool
	OthersChanges    bool
	AnyPerson        bool
	KeptTokens       bool
	KnownIsWhole     bool
)

var cage = map[string]*bool{
	"stale-row":         &StaleRow,
	"stale-write":       &StaleWrite,
	"resurrect":         &Resurrect,
	"early-ack":         &EarlyAck,
	"cursor-first":      &CursorFirst,
	"dropped-on-5xx":    &DroppedOn5xx,
	"dropped-on-expiry": &DroppedOnExpiry,
	"lost-rebase":       &LostRebase,
	"no-fence":          &NoFence,
	"fold-sent":         &FoldSent,
	"seq-order":         &SeqOrder,
	"applied-twice":     &AppliedTwice,
	"wrong-alias":       &WrongAlias,
	"buffer-dropped":    &BufferDropped,
	"removes-pending":   &RemovesPending,
	"removes-touched":   &RemovesTouched,
	"child-first":       &ChildFirst,
	"held-dropped":      &HeldDropped,
	"early-notify":      &EarlyNotify,
	"relaxed-outbox":    &RelaxedOutbox,
	"stays-live":        &StaysLive,
	"condition-lost":    &ConditionLost,
	"keeps-cursor":      &KeepsCursor,
	"late-tip":          &LateTip,
	"fold-loses-outbox": &FoldLosesOutbox,
	"silent-loss":       &SilentLoss,
	"unmarked-send":     &UnmarkedSend,
	"early-directory":   &EarlyDirectory,
	"last-start":        &LastStart,
	"blind-resend":      &BlindResend,
	"delete-resurrects": &DeleteResurrects,
	"hint-walls":        &HintWalls,
	"overtakes":         &Overtakes,
	"others-changes":    &OthersChanges,
	"any-person":        &AnyPerson,
	"kept-tokens":       &KeptTokens,
	"known-is-whole":    &KnownIsWhole,
}

// Sing plants one bug and takes away the others; "" plants none. It reports whether there is one
// of that name. Not while something runs.
func Sing(name string) bool {
	for _, planted := range cage {
		*planted = false
	}
	planted, known := cage[name]
	if known {
		*planted = true
	}
	return known || name == ""
}
