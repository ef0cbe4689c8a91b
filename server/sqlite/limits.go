package sqlite

import "time"

// Limits of the back end.
const (
	// GroupMembersMax is how many updates share one transaction: more would make the first of them
	// wait for the others longer than for the disk.
	GroupMembersMax = 64

	CloseWithin = 5 * time.Second // for the transaction that writes; what it wrote is not committed then

	LogFileBytesKept = 16 << 20 // of the write-ahead log, after it was checkpointed
	// CheckpointPages is how long the write-ahead log grows before its pages, each once, go to the file:
	// hot pages are in it many times. So many fit LogFileBytesKept.
	CheckpointPages  = 4_000
	WriterCacheKB    = 16_000 // of pages, on the writing connection
	FreePagesKept    = 1_024  // pages of 4,096 bytes that stay in the file for what is written next
	FreePagesPerStep = 256    // that one transaction gives back to the file system
)
