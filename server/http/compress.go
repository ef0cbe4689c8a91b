package http

import (
	nethttp "net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressing makes the wrapper that compresses answers of more than PlainBytesMax with zstd or
// gzip, as the client prefers. A few bytes of padding that depend on the content keep a stranger who
// sees only sizes from guessing what stands beside something of his own (BREACH).
func compressing() func(nethttp.HandlerFunc) nethttp.Handler {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(PlainBytesMax+1),
		gzhttp.RandomJitter(CompressJitterBytes, 0, false),
		gzhttp.ContentTypes([]string{"application/json"}),
	)
	if err != nil {
		panic("http: internal error: " + err.Error()) // the options are constants
	}
	return func(f nethttp.HandlerFunc) nethttp.Handler { return wrap(f) }
}
