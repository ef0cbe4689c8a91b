package http

import (
	"crypto/sha256"
	"math"
	nethttp "net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/deltabase/deltabase/server"
)

// Rates bound how often one address, and one signed-in user, may call: a bucket of Burst requests
// that fills by PerSecond. A WebSocket connection and a start frame count as requests. The zero
// value bounds nothing.
type Rates struct {
	PerSecond float64
	Burst     int
}

// buckets keeps a bucket per caller, in two generations, so that what is idle is forgotten
// without looking at each.
type buckets struct {
	rates Rates

	mu         sync.Mutex
	young, old map[string]*rate.Limiter
	turned     time.Time
}

func newBuckets(rates Rates) *buckets {
	return &buckets{rates: rates, young: map[string]*rate.Limiter{}}
}

func (b *buckets) of(key string, now time.Time) *rate.Limiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.turned) > BucketsLive || len(b.young) >= BucketsMax {
		b.old, b.young, b.turned = b.young, make(map[string]*rate.Limiter), now
	}
	found := b.young[key]
	if found == nil {
		if found = b.old[key]; found == nil {
			found = rate.NewLimiter(rate.Limit(b.rates.PerSecond), b.rates.Burst)
		}
		b.young[key] = found
	}
	return found
}

// take takes one request out of each caller's bucket; waitS says, when one is empty, after how
// many seconds to try again.
func (b *buckets) take(callers []string, now time.Time) (waitS int, ok bool) {
	if b.rates.PerSecond <= 0 {
		return 0, true
	}
	for _, key := range callers {
		limiter := b.of(key, now)
		if limiter.AllowN(now, 1) {
			continue
		}
		wait := (1 - limiter.TokensAt(now)) / b.rates.PerSecond
		return min(max(1, int(math.Ceil(wait))), RetryAfterSMax), false
	}
	return 0, true
}

// callersOf are the buckets that a request counts in: of its address, and of its user.
func (h *Host) callersOf(r *nethttp.Request, c server.Credentials, now time.Time) []string {
	if h.options.Rates.PerSecond <= 0 {
		return nil
	}
	callers := []string{"address " + h.addressOf(r)}
	if caller, err := h.server.Authenticate(c, now.UnixMilli()); err == nil && caller.Identity != nil {
		sum := sha256.Sum256([]byte(caller.Identity.Issuer + "\n" + caller.Identity.Claims.Field("sub").Str()))
		callers = append(callers, "user "+string(sum[:]))
	}
	return callers
}

// limited answers a request that came too soon.
func (h *Host) limited(w nethttp.ResponseWriter, r *nethttp.Request, c server.Credentials) bool {
	now := time.Now()
	wait, ok := h.buckets.take(h.callersOf(r, c, now), now)
	if ok {
		return false
	}
	h.options.Metrics.limited.Inc()
	w.Header().Set("Retry-After", strconv.Itoa(wait))
	refuse(w, nethttp.StatusTooManyRequests, "TooManyRequestsException",
		"There are too many requests; try again in "+strconv.Itoa(wait)+" seconds.")
	return true
}
