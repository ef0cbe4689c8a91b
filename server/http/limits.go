package http

import "time"

// Limits of the host, beside those of the core (server/limits.go). What a deployment may change is in
// Options.
const (
	QueueFramesMax        = 2_000            // messages that wait for a slow client
	QueueBytesMax         = 4_000_000        // and their size
	WriteWithin           = 10 * time.Second // one message to a client
	InitWithin            = 15 * time.Second // from the upgrade to connection_init
	SocketLifetime        = 24 * time.Hour
	SocketsMax            = 10_000      // of the host
	ReadyEvery            = time.Second // at most so often /readyz tries a write
	SocketsPerAddressMax  = 1_000       // of one address
	RequestsPerAddressMax = 256         // under way at a time, of one address
	BytesPerAddressMax    = 32_000_000  // and the bodies of these
	RequestsMax           = 4_000       // under way at a time
	LookEvery             = time.Second // at the log, for what other processes committed, and at expired tokens
	PurgeEvery            = time.Minute
	BucketsMax            = 50_000      // callers in each of the two generations of rates
	BucketsLive           = time.Minute // at least this long an idle caller is remembered
	RetryAfterSMax        = 60          // seconds that Retry-After may say
	AskedHeadersMax       = 1_000       // bytes of a preflight's list that are echoed
	EngineNameMax         = 100         // bytes of a client's name that are logged
	MetricsAtOnceMax      = 4           // requests for /metrics at a time
	MetricsWithin         = 10 * time.Second
	PlainBytesMax         = 1_400 // an answer that fits into one network packet is sent as it is
	CompressJitterBytes   = 32    // padding of a compressed answer
)
