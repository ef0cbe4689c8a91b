package http

import (
	"fmt"
	nethttp "net/http"
)

// Starting answers while the server behind a port is not made yet: its database is opened, and rows of an
// unknown form are compared with the schema, which takes a minute per million. Everybody but the probe of life
// is asked to come again; clients do.
func Starting(w nethttp.ResponseWriter, r *nethttp.Request) {
	switch r.URL.Path {
	case healthPath:
		fmt.Fprintln(w, "ok")
	case readyPath:
		w.Header().Set("Cache-Control", "no-store")
		nethttp.Error(w, "starting: the database is being opened and compared with the schema", nethttp.StatusServiceUnavailable)
	default:
		header := w.Header()
		header.Set("Connection", "close") // the body is not read
		header.Set("Retry-After", "1")
		header.Set("Access-Control-Allow-Origin", "*") // it tells nothing but this
		header.Set("Access-Control-Expose-Headers", "Retry-After")
		refuse(w, nethttp.StatusServiceUnavailable, "ServiceUnavailableException", "The server is starting; nothing was changed. Try again.")
	}
}
