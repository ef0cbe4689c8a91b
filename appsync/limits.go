package appsync

// Limits of what is read from the other side. The size of a body is the host's to limit.
const (
	// extensionEntriesMax is the number of mutation ids, and of cursors, of one request: that of
	// the root fields of a document.
	extensionEntriesMax = 100
	// mutationIDBytesMax: ids are UUIDs with a short suffix.
	mutationIDBytesMax = 128
	// cursorBytesMax is the length of a cursor, which the server made itself.
	cursorBytesMax = 4096
	// headerBytesMax is the length of the credentials in a subprotocol or a query parameter.
	headerBytesMax = 16 << 10
	// embeddedDepthMax is how many embedded types may lie inside one another in a selection set.
	embeddedDepthMax = 8
	// fieldNameCharsMax: longer names of operations are cut.
	fieldNameCharsMax = 50
)
