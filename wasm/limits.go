package main

import "time"

const (
	// loadRetriesMax is how often a database is opened again whose storage fails inside, after
	// loadRetry and four times as long each time.
	loadRetriesMax = 3
	loadRetry      = 100 * time.Millisecond
	// storagePatience is how long a load or a commit may take before the app is told.
	storagePatience = 5 * time.Second
	// idleAfter is how long after a load the log is folded and the reserve written for the first time.
	idleAfter = 3 * time.Second
	// foldQuiet is how long the disk has nothing else to do before the log is folded, foldWaitsMax how many other jobs
	// may put a step off.
	foldQuiet    = 100 * time.Millisecond
	foldWaitsMax = 500

	// outBufferBytesMax is the most that the reused output buffer keeps between packets: the
	// module's memory never shrinks, so one big answer must not stay in it.
	outBufferBytesMax = 1 << 20
	// jobsMax bounds the disk's queue. The engine has one commit under way, one load and one fold.
	jobsMax = 16
)
