package importer

import "time"

// How much is read, written at once and reported.
const (
	fileBytesMax   = 1 << 30
	recordBytesMax = 400_000 // what the server takes
	badRowsMax     = 1000    // further ones are only counted

	batchRecordsMax      = 100
	batchRecordsPlainMax = 25 // for a server that does not announce itself as ours
	batchBytesMax        = 512 << 10

	attemptsMax      = 6 // of one batch
	retryDelayMin    = 200 * time.Millisecond
	requestTimeout   = 60 * time.Second
	responseBytesMax = 64 << 20
)
