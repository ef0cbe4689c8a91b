package push

const (
	mutationsMax        = 100 // per request to our server
	mutationsAppsyncMax = 25  // per request to plain AppSync
	bodyBytesMax        = 512 << 10
	overheadBytes       = 256 // of one mutation's part of the document
	failuresUntoldMax   = 3   // in a row, after which the app is told
	brokenMax           = 8   // in a row, after which mutations are sent one by one
)
