package http

import (
	"errors"
	"fmt"
	nethttp "net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/deltabase/deltabase/server"
)

// Paths beside the endpoint. They tell nothing about records; who runs the server in public keeps
// /metrics to itself with Options.Private.
const (
	healthPath  = "/healthz" // 200 while the process answers
	readyPath   = "/readyz"  // 200 while it would accept a write and is not going away
	metricsPath = "/metrics"
)

// state is what a balancer wants to know.
type state struct {
	draining atomic.Bool

	looking sync.Mutex // one look at the database at a time; who waits shares it
	looked  time.Time
	found   error
}

// look tries the database, at most every ReadyEvery: a look costs a commit, and anybody may ask.
func (s *state) look(ready func() error, now time.Time) error {
	s.looking.Lock()
	defer s.looking.Unlock()
	if s.looked.IsZero() || now.Sub(s.looked) >= ReadyEvery {
		s.found, s.looked = ready(), now
	}
	return s.found
}

// Drain says that this host is going away: /readyz answers 503 from now on, everything else goes
// on until Shutdown.
func (h *Host) Drain() { h.state.draining.Store(true) }

// beside answers the paths for operators; false when the path is none of them.
func (h *Host) beside(w nethttp.ResponseWriter, r *nethttp.Request) bool {
	switch r.URL.Path {
	case healthPath:
		fmt.Fprintln(w, "ok")
	case readyPath:
		h.ready(w)
	case metricsPath:
		if h.options.Private {
			return false
		}
		h.options.Metrics.Handler().ServeHTTP(w, r)
	default:
		return false
	}
	return true
}

func (h *Host) ready(w nethttp.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	if h.state.draining.Load() {
		nethttp.Error(w, "going away", nethttp.StatusServiceUnavailable)
		return
	}
	if err := h.state.look(h.server.Ready, time.Now()); err != nil {
		h.options.Log.Error("not ready", "error", err.Error())
		why := "storage_unavailable"
		var storage *server.StorageError
		if errors.As(err, &storage) {
			why = storage.Code
		}
		nethttp.Error(w, "no write is accepted now: "+why, nethttp.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}
