package link

// Limits of the link, with their units in the names.
const (
	greetingMs           = 3_000  // from a start, how long networkStatus waits for the server
	hintPauseMs          = 1_000  // between two attempts that hints, or calls of the app, bring about
	probeFirstMs         = 1_000  // from the loss of the server to the first probe, at most
	probeCapMs           = 60_000 // between two probes
	RequestTimeoutMs     = 35_000 // of a push or a read: our server answers within 10 s, 30 with a custom function; of a probe at most
	probeTimeoutMs       = 4_000  // of the first probe, doubled with each up to RequestTimeoutMs
	doubtfulMs           = 15_000 // requests that leave within this after the network moved are doubtful:
	staleRequestMs       = 4_000  // they are given up after this, if the server is there
	socketCheckMs        = 4_000  // for the answer to a check
	socketSilentMs       = 65_000 // without a frame, until the server is asked: it says something each minute
	subscriptionEndedMs  = 60_000 // between two new connections because a subscription ended
	socketDialPatienceMs = 2_000  // a younger attempt is not begun anew by a hint
	socketAckMs          = 15_000 // for connection_ack and for each start_ack
	socketKeepaliveMs    = 300_000
	socketRetryCapMs     = 30_000
	socketFirstRetryMs   = 1_000
	socketUnauthorizedMs = 60_000
	socketKeepaliveMinMs = 1_000
	socketKeepaliveCapMs = 3_600_000
	multiplexModelsMax   = 100 // of one start frame
	multiplexBytesMax    = 128_000
	subscriptionsMax     = 200 // on a connection to plain AppSync; what is beyond is polled
	modelsShownMax       = 5   // names in one report
)
