package link

// Limits of the link, with their units in the names.
const (
	greetingMs           = 3_000  // how long networkStatus waits for the server after a start
	hintPauseMs          = 1_000  // between two attempts that are due to hints or calls of the app
	probeFirstMs         = 1_000  // at most, from the loss of the server to the first probe
	probeCapMs           = 60_000 // between two probes
	RequestTimeoutMs     = 35_000 // of a push or a read: our server answers within 10 s, 30 with a custom function; of a probe at most
	probeTimeoutMs       = 4_000  // of the first probe, doubled with each up to RequestTimeoutMs
	doubtfulMs           = 15_000 // requests that leave within this after the network moved are doubtful:
	staleRequestMs       = 4_000  // they are given up after this, if the server is there
	socketCheckMs        = 4_000  // until the server must have answered a check
	socketSilentMs       = 65_000 // without a frame, until the server is asked for one; it sends something each minute
	subscriptionEndedMs  = 60_000 // between two new connections because a subscription ended
	socketDialPatienceMs = 2_000  // a hint does not restart a connection attempt that is younger than this
	socketAckMs          = 15_000 // for connection_ack and for each start_ack
	socketKeepaliveMs    = 300_000
	socketRetryCapMs     = 30_000
	socketFirstRetryMs   = 1_000
	socketUnauthorizedMs = 60_000
	socketKeepaliveMinMs = 1_000
	socketKeepaliveCapMs = 3_600_000
	multiplexModelsMax   = 100 // of one start frame
	multiplexBytesMax    = 128_000
	subscriptionsMax     = 200 // on a connection to plain AppSync; the other models are polled
	modelsShownMax       = 5   // names in one report
)
