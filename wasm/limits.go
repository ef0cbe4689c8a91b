package main

const (
	// outBufferBytesMax is the most that the reused output buffer keeps between packets: the
	// module's memory never shrinks, so one big answer must not stay in it.
	outBufferBytesMax = 1 << 20
	// jobsMax bounds the disk's queue. The engine has one commit under way, one load and one fold.
	jobsMax = 16
)
