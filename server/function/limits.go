package function

import "time"

// Limits of conflict functions. What a deployment may change is in Options.
const (
	DeadlineDefault    = 10 * time.Second // of one call
	MemoryBytesDefault = 64 << 20         // of a JavaScript function's heap
	WorkersDefault     = 4                // child processes, and so JavaScript calls at a time
	SourceBytesMax     = 1 << 20          // a function's file
	EventBytesMax      = 4 << 20          // two records, the arguments, and room
	AnswerBytesMax     = 1 << 20          // what a function answers
	ConsoleLinesMax    = 100              // of one call that are kept for the log
	ConsoleCharsMax    = 500              // of one line

	frameBytesMax = 16 << 20
	stackBytesMax = 64 << 20 // of a child: deeper recursion ends it
	callsPerChild = 1_000    // then a new process takes its place
	errorCharsMax = 500
)
