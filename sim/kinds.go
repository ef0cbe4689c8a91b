package sim

// OpKind is what an operation does.
type OpKind string

// Kinds of operations.
const (
	CreateOp      OpKind = "create"
	UpdateOp      OpKind = "update"
	RapidOp       OpKind = "rapid" // several edits of one record within a moment
	ConditionalOp OpKind = "conditional"
	FamilyOp      OpKind = "family" // a parent and its child, one right after the other
	DeleteOp      OpKind = "delete"
	DeleteWhereOp OpKind = "deleteWhere"
	RecreateOp    OpKind = "recreate" // delete and create of one id
	QueryOp       OpKind = "query"
	GetOp         OpKind = "get"
	OutboxOp      OpKind = "outbox"
	DecideOp      OpKind = "decide" // retry, edit or discard something in the outbox
	ObserveOp     OpKind = "observe"
	LiveOp        OpKind = "observeQuery"
	StopOp        OpKind = "stop" // and start again
	ClearOp       OpKind = "clear"
	RestoreOp     OpKind = "restore"
	GateOp        OpKind = "gate" // the app's own offline switch
	JoinOp        OpKind = "join" // another tab
)

var opWeights = []weighted[OpKind]{
	{CreateOp, 34}, {UpdateOp, 68}, {RapidOp, 16}, {ConditionalOp, 10}, {FamilyOp, 8}, {DeleteOp, 12},
	{DeleteWhereOp, 2}, {RecreateOp, 3}, {QueryOp, 14}, {GetOp, 8}, {OutboxOp, 6}, {DecideOp, 14},
	{ObserveOp, 5}, {LiveOp, 5}, {StopOp, 3}, {ClearOp, 1}, {RestoreOp, 2}, {GateOp, 2}, {JoinOp, 3},
}

// FaultKind is what goes wrong.
type FaultKind string

// Kinds of faults.
const (
	LoseRequestFault  FaultKind = "lose requests"
	LoseResponseFault FaultKind = "lose responses"
	DuplicateFault    FaultKind = "duplicate requests"
	DelayFault        FaultKind = "delay"
	CutFault          FaultKind = "cut" // off the network, and perhaps the browser tells
	SilentUpFault     FaultKind = "silent upwards"
	SilentDownFault   FaultKind = "silent downwards"
	HalfOpenFault     FaultKind = "half-open socket"
	SeverFault        FaultKind = "sever sockets"
	RestartFault      FaultKind = "server restart"
	ExpiredFault      FaultKind = "expired credentials"
	ThrottleFault     FaultKind = "429"
	BusyFault         FaultKind = "5xx"
	GarbageFault      FaultKind = "a proxy's answer"
	AbortFault        FaultKind = "store abort"
	QuotaFault        FaultKind = "store quota"
	ClosedFault       FaultKind = "store closed"
	CrashFault        FaultKind = "crash" // takes relaxed commits along
	KillFault         FaultKind = "engine dies"
	TakeoverFault     FaultKind = "second engine"
	TabGoneFault      FaultKind = "tab gone"
	FreezeFault       FaultKind = "freeze"
	ClockFault        FaultKind = "client clock"
	ServerClockFault  FaultKind = "server clock"
	SchemaFault       FaultKind = "other schema"
	SleepFault        FaultKind = "sleep"       // off the network for long
	RealtimeFault     FaultKind = "no realtime" // while HTTP works
	RefusedFault      FaultKind = "refused subscriptions"
	ReadFault         FaultKind = "failing reads" // of the server's disk
	FoldFault         FaultKind = "failed fold, clear"
	SignInFault       FaultKind = "another person"
	RevokedFault      FaultKind = "revoked tokens"
	ProviderFault     FaultKind = "failing token provider"
	RestoreFault      FaultKind = "restored backup"
)

// faultShape says how long a kind lasts at most, and whether it lets a request arrive after its
// sender gave up on it: against plain AppSync that is the documented limit of rule 2. Nor can plain AppSync say that
// it was restored. Some are about tokens, and happen where pages give them.
type faultShape struct {
	forMs  int64
	late   bool
	tokens bool
}

var faultKinds = map[FaultKind]faultShape{
	LoseRequestFault: {forMs: 20_000}, LoseResponseFault: {forMs: 20_000}, DuplicateFault: {forMs: 20_000, late: true},
	DelayFault: {forMs: 20_000}, CutFault: {forMs: 30_000}, SilentUpFault: {forMs: 60_000}, SilentDownFault: {forMs: 60_000},
	HalfOpenFault: {}, SeverFault: {}, RestartFault: {forMs: 3_000}, ExpiredFault: {forMs: 15_000},
	ThrottleFault: {forMs: 10_000}, BusyFault: {forMs: 10_000}, GarbageFault: {forMs: 8_000},
	AbortFault: {}, QuotaFault: {}, ClosedFault: {}, CrashFault: {forMs: 4_000}, KillFault: {forMs: 500},
	TakeoverFault: {}, TabGoneFault: {}, FreezeFault: {forMs: 20_000}, ClockFault: {}, ServerClockFault: {},
	SchemaFault: {forMs: 200}, SleepFault: {forMs: 240_000}, RealtimeFault: {forMs: 90_000}, RefusedFault: {forMs: 40_000},
	ReadFault: {forMs: 10_000}, FoldFault: {},
	SignInFault: {forMs: 60_000, tokens: true}, RevokedFault: {tokens: true}, ProviderFault: {forMs: 60_000, tokens: true},
	RestoreFault: {forMs: 60_000, late: true},
}

// faultOrder lists all kinds.
var faultOrder = []FaultKind{
	LoseRequestFault, LoseResponseFault, DuplicateFault, DelayFault, CutFault, SilentUpFault, SilentDownFault,
	HalfOpenFault, SeverFault, RestartFault, ExpiredFault, ThrottleFault, BusyFault, GarbageFault, AbortFault,
	QuotaFault, ClosedFault, CrashFault, KillFault, TakeoverFault, TabGoneFault, FreezeFault, ClockFault,
	ServerClockFault, SchemaFault, SleepFault, RealtimeFault, RefusedFault, ReadFault, FoldFault,
	SignInFault, RevokedFault, ProviderFault, RestoreFault,
}
