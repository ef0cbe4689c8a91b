package http

import (
	"fmt"
	nethttp "net/http"
	"sync/atomic"
)

// Paths beside the endpoint. They tell nothing about records; who runs the server in public keeps
// /metrics to itself with Options.Private.
const (
	healthPath  = "/healthz" // 200 while the process answers
	readyPath   = "/readyz"  // 200 while it can read its database and is not going away
	metricsPath = "/metrics"
)

// state is what a balancer wants to know.
type state struct{ draining atomic.Bool }

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
	if err := h.server.Ready(); err != nil {
		h.options.Log.Error("not ready", "error", err.Error())
		nethttp.Error(w, "the database cannot be read", nethttp.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}
