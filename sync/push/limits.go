package push

const (
	mutationsMax        = 100 // per request to our server
	mutationsAppsyncMax = 25  // per request to plain AppSync
	bodyBytesMax        = 512 << 10
	overheadBytes       = 256 // of one mutation's part of the document
	failuresUntoldMax   = 3   // after these in a row the app is told
	brokenMax           = 8   // after that many broken connections in a row, mutations go one by one
)
