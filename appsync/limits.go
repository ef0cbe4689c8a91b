package appsync

// Limits of what is read from the other side. The host limits the size of a body.
const (
	// extensionEntriesMax is the most mutation ids, and the most cursors, of one request. It equals the limit on root
	// fields of a document.
	extensionEntriesMax = 100
	// mutationIDBytesMax is the longest mutation id. Ids are UUIDs with a short suffix.
	mutationIDBytesMax = 128
	// cursorBytesMax is the longest cursor. The server made it itself.
	cursorBytesMax = 4096
	// headerBytesMax is the most bytes of credentials in a subprotocol or a query parameter.
	headerBytesMax = 16 << 10
	// embeddedDepthMax is the most levels of embedded types in a selection set.
	embeddedDepthMax = 8
	// fieldNameCharsMax is the longest name of an operation; longer ones are cut.
	fieldNameCharsMax = 50
)
