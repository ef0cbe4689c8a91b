package sync

// Limits of the engine. Everything that grows or waits is bounded here; the names carry the unit.
const (
	clearAttemptsMax      = 3
	cascadeRecordsMax     = 100_000
	writesMax             = 10_000 // records of one saveAll or deleteAll
	adoptedMax            = 1_000  // rows and changes of one batch of a takeover
	waitingCallsMax       = 100_000
	roomBaseMs            = 1_000 // between two attempts of pulls while the disk is full, doubled each time up to the next
	roomCapMs             = 60_000
	roomToldMs            = 60_000 // between two reports of a full disk
	corruptFaultsShownMax = 20
)
