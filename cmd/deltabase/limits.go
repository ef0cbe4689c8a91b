package main

import (
	"time"

	serverhttp "github.com/deltabase/deltabase/server/http"
)

// Limits of the process, beside those of server, server/http, server/function and server/identity.
const (
	readHeaderWithin = 5 * time.Second  // a request's head, from its first byte
	readWithin       = 30 * time.Second // a request with its body
	writeWithin      = 60 * time.Second // from a request's head to the end of its answer
	idleWithin       = 2 * time.Minute  // between two requests of a connection
	headerBytesMax   = 64 << 10         // of a request's head; net/http takes 4 kB more

	openTriesMax     = 12               // of five seconds, while another process writes to the database
	drainWithin      = 10 * time.Second // from the signal until connections are cut
	migrateTellEvery = 10 * time.Second // how far `deltabase migrate` is

	logBytesWaitingMax = 1 << 20               // until they are written
	logLinesWait       = 10 * time.Millisecond // for lines that are written with them

	collectPercent     = 100 // Go's own: the heap doubles before it is collected
	collectBusyPercent = 400 // while many requests come and little lives
	collectBusyPosts   = 200 // in collectLookEvery
	collectSmallBytes  = 48 << 20
	collectLookEvery   = time.Second

	suggestionDistanceMax = 2  // between a mistyped name and the one that is told
	suggestedBytesMax     = 64 // of a name that is compared

	swapWithin = 2 * time.Second // for the requests of a schema that was replaced
)

// ratesByDefault bound an address, and a user, under `serve`: a company behind one address stays below,
// a flood does not.
var ratesByDefault = serverhttp.Rates{PerSecond: 1_000, Burst: 10_000}

func (c *config) ratesOf(develops bool) serverhttp.Rates {
	switch {
	case c.rates != nil:
		return *c.rates
	case develops:
		return serverhttp.Rates{}
	}
	return ratesByDefault
}
