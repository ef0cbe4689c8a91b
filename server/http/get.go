package http

import (
	"fmt"
	nethttp "net/http"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// get answers a query that came by GET.
func (h *Host) get(w nethttp.ResponseWriter, r *nethttp.Request) {
	body, err := bodyOf(r)
	if err != nil {
		refuse(w, nethttp.StatusBadRequest, appsync.BadRequestException, err.Error())
		return
	}
	h.respond(w, r, time.Now(), body, true)
}

// bodyOf is the body that a POST with the parameters of a GET would have. "variables" and
// "extensions" are JSON texts there.
func bodyOf(r *nethttp.Request) ([]byte, error) {
	parameters := r.URL.Query()
	var body record.Builder
	for _, name := range []string{"query", "operationName"} {
		if parameters.Has(name) {
			body.SetString(name, parameters.Get(name))
		}
	}
	for _, name := range []string{"variables", "extensions"} {
		text := parameters.Get(name)
		if text == "" {
			continue
		}
		value, err := record.Parse([]byte(text))
		if err != nil {
			//lint:ignore ST1005 the caller is told it as it stands
			return nil, fmt.Errorf("The parameter %q is not JSON: %w", name, err)
		}
		body.Set(name, value)
	}
	return body.Object().Text(), nil
}
