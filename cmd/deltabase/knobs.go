package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// knobsPath is where `dev` shows its knobs (GET) and turns them (POST).
const knobsPath = "/deltabase/dev"

const latencyMsMax = 60_000

// knobs make the network of `deltabase dev` worse than it is.
//
//	{"latencyMs": 300, "loss": 0.1, "conflicts": 0.5}
//
// latencyMs is added to every request, loss is the share of requests (0 to 1) that are cut, half of
// them before and half after they are carried out, conflicts the share of updates and deletes
// whose record gets a new version first.
type knobs struct {
	LatencyMs int     `json:"latencyMs"`
	Loss      float64 `json:"loss"`
	Conflicts float64 `json:"conflicts"`
}

func (k knobs) check() error {
	switch {
	case k.LatencyMs < 0 || k.LatencyMs > latencyMsMax:
		return fmt.Errorf("latencyMs is %d; it must be from 0 to %d milliseconds", k.LatencyMs, latencyMsMax)
	case k.Loss < 0 || k.Loss > 1 || k.Loss != k.Loss:
		return fmt.Errorf("loss is %v; it must be from 0 to 1", k.Loss)
	case k.Conflicts < 0 || k.Conflicts > 1 || k.Conflicts != k.Conflicts:
		return fmt.Errorf("conflicts is %v; it must be from 0 to 1", k.Conflicts)
	}
	return nil
}

// panel holds the knobs that requests look at.
type panel struct {
	mu  sync.Mutex
	now knobs
}

func (p *panel) read() knobs {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *panel) turn(k knobs) error {
	if err := k.check(); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = k
	return nil
}

// conflict decides whether a mutation is to meet one.
func (p *panel) conflict() bool { return chance(p.read().Conflicts) }

func chance(share float64) bool { return share > 0 && rand.Float64() < share }

// over puts the knobs in front of a handler. Only POSTs of the endpoint and WebSockets are made
// worse; the page loads as it is.
func (p *panel) over(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == knobsPath {
			p.ServeHTTP(w, r)
			return
		}
		k := p.read()
		upgrade := r.Header.Get("Upgrade") != ""
		if k == (knobs{}) || r.Method != http.MethodPost && !upgrade {
			next.ServeHTTP(w, r)
			return
		}
		select {
		case <-time.After(time.Duration(k.LatencyMs) * time.Millisecond):
		case <-r.Context().Done():
			return
		}
		switch {
		case !chance(k.Loss):
			next.ServeHTTP(w, r)
		case upgrade || chance(0.5):
			panic(http.ErrAbortHandler) // the request is lost
		default:
			next.ServeHTTP(&unheard{header: http.Header{}}, r)
			panic(http.ErrAbortHandler) // the answer is lost
		}
	})
}

// unheard is an answer that nobody gets.
type unheard struct{ header http.Header }

func (u *unheard) Header() http.Header         { return u.header }
func (u *unheard) Write(p []byte) (int, error) { return len(p), nil }
func (u *unheard) WriteHeader(int)             {}

// ServeHTTP shows and turns the knobs. What a POST leaves out stays. A page of another origin can
// do neither: its POST of JSON needs a preflight that is not answered.
func (p *panel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet:
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "send GET to see the knobs, POST to turn them", http.StatusMethodNotAllowed)
		return
	case r.Header.Get("Content-Type") != "application/json":
		http.Error(w, "send JSON with Content-Type: application/json", http.StatusUnsupportedMediaType)
		return
	default:
		wanted := p.read()
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<10))
		if err == nil {
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.DisallowUnknownFields()
			err = decoder.Decode(&wanted)
		}
		if err == nil {
			err = p.turn(wanted)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(p.read())
}
