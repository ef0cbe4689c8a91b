package sync

// Limits of the engine. Everything that grows or waits has its bound here; the names carry the unit.
const (
	pushMutationsMax        = 100 // per request to our server
	pushMutationsAppsyncMax = 25  // per request to plain AppSync
	pushBodyBytesMax        = 512 << 10
	pushOverheadBytes       = 256    // of one mutation's part of the document
	pushTimeoutMs           = 35_000 // our server answers within 10 s, 30 with a custom function

	pullTimeoutMs      = 35_000
	pullParallelMax    = 4 // models
	pullFailuresMax    = 3 // after these a model no longer holds up its children and the round
	pushFailuresMax    = 3 // after these in a row the app is told
	pushBrokenMax      = 8 // after that many broken connections in a row, mutations go one by one
	pullUnauthorizedMs = 60_000
	pullMessagesMax    = 10_000 // buffered per model; more of them ask for a delta instead
	pollFirstMs        = 10_000 // without a realtime connection, until the first poll
	pollCapMs          = 60_000
	greetingMs         = 3_000  // from a start, how long networkStatus waits for the server
	pullGoneMax        = 10_000 // ids per model that are remembered to have left the scope
	baseRunLeastMs     = 60_000 // until a base run that is overdue, unless syncInterval is shorter

	conflictBaseMs  = 50
	conflictCapMs   = 5_000
	handlerAnswerMs = 30_000

	handoverRetryMs = 5_000 // until another app's changes are parked after a failed transaction

	hintPauseMs    = 1_000  // between two attempts that hints, or calls of the app, bring about
	probeFirstMs   = 1_000  // from the loss of the server to the first probe, at most
	probeCapMs     = 60_000 // between two probes
	probeTimeoutMs = 4_000  // of the first probe, doubled with each up to pushTimeoutMs
	doubtfulMs     = 15_000 // requests that leave within this after the network moved are doubtful:
	staleRequestMs = 4_000  // they are given up after this, if the server is there

	socketCheckMs         = 4_000  // for the answer to a check
	socketSilentMs        = 65_000 // without a frame, until the server is asked: it says something each minute
	subscriptionEndedMs   = 60_000 // between two new connections because a subscription ended
	socketDialPatienceMs  = 2_000  // a younger attempt is not begun anew by a hint
	socketAckMs           = 15_000 // for connection_ack and for each start_ack
	socketKeepaliveMs     = 300_000
	socketRetryCapMs      = 30_000
	socketFirstRetryMs    = 1_000
	socketUnauthorizedMs  = 60_000
	socketKeepaliveMinMs  = 1_000
	socketKeepaliveCapMs  = 3_600_000
	multiplexModelsMax    = 100 // of one start frame
	multiplexBytesMax     = 128_000
	subscriptionsMax      = 200 // on a connection to plain AppSync; what is beyond is polled
	clearAttemptsMax      = 3
	cascadeRecordsMax     = 100_000
	waitingCallsMax       = 100_000
	roomBaseMs            = 1_000 // between two attempts of pulls on a full disk, doubled up to the next
	roomCapMs             = 60_000
	roomToldMs            = 60_000 // between two reports of a full disk
	corruptFaultsShownMax = 20
	modelsShownMax        = 5 // names in one report
)
