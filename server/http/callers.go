package http

import (
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// addressOf is where a request comes from: the connection's other end, or, where that is one of
// Options.Proxies, whom it speaks for. Proxies append to what they were sent, so that the last address
// that is no proxy counts: what stands before it, anybody may have written. Of IPv6 the first 64 bits
// count, which one customer has.
func (h *Host) addressOf(r *nethttp.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	address, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	list := forwardedFor(r)
	for i := len(list) - 1; i >= 0 && h.isProxy(address); i-- {
		next, ok := forwardedAddress(list[i])
		if !ok {
			break // an unknown one: the proxy itself has to answer for it
		}
		address = next
	}
	return network(address)
}

func (h *Host) isProxy(address netip.Addr) bool {
	for _, prefix := range h.options.Proxies {
		if prefix.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

func network(address netip.Addr) string {
	address = address.Unmap().WithZone("")
	if prefix, err := address.Prefix(64); err == nil && address.Is6() {
		return prefix.String()
	}
	return address.String()
}

// forwardedFor is the list of addresses that proxies wrote down, the client's first: of Forwarded (RFC
// 7239), else of X-Forwarded-For.
func forwardedFor(r *nethttp.Request) []string {
	if lines := r.Header.Values("Forwarded"); len(lines) > 0 {
		var list []string
		for _, element := range strings.Split(strings.Join(lines, ","), ",") {
			one := "unknown"
			for _, pair := range strings.Split(element, ";") {
				if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); strings.EqualFold(name, "for") {
					one = strings.Trim(value, `"`)
				}
			}
			list = append(list, one)
		}
		return list
	}
	lines := r.Header.Values("X-Forwarded-For")
	if len(lines) == 0 {
		return nil
	}
	return strings.Split(strings.Join(lines, ","), ",")
}

// forwardedAddress reads one of them: with a port or without, IPv6 in brackets or not.
func forwardedAddress(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if with, err := netip.ParseAddrPort(text); err == nil {
		return with.Addr(), true
	}
	address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	return address, err == nil
}

// underWay counts the requests of each address that have come whole, and the bytes of bodies as they come, until
// they are answered. A request that is still coming holds what it has sent and no more: else a few
// slow ones would keep everybody out who has the same address.
type underWay struct {
	mu       sync.Mutex
	requests int
	of       map[string]held
}

type held struct{ requests, bytes int }

// take counts a request in; status says otherwise what it is refused with: 429 to an address that has
// too many under way, 503 when all together have.
func (u *underWay) take(address string) (status int, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.of[address]
	switch {
	case now.requests >= RequestsPerAddressMax:
		return nethttp.StatusTooManyRequests, false
	case u.requests >= RequestsMax:
		return nethttp.StatusServiceUnavailable, false
	}
	u.requests++
	now.requests++
	u.of[address] = now
	return 0, true
}

// grow counts bytes in, or, where the address has too many, does not.
func (u *underWay) grow(address string, bytes int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	now := u.of[address]
	if now.bytes+bytes > BytesPerAddressMax {
		return false
	}
	now.bytes += bytes
	u.of[address] = now
	return true
}

func (u *underWay) give(address string, requests, bytes int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.requests -= requests
	now := u.of[address]
	now.requests, now.bytes = now.requests-requests, now.bytes-bytes
	if now == (held{}) {
		delete(u.of, address)
		return
	}
	u.of[address] = now
}

// counted answers a request while its address has not too many under way.
func (h *Host) counted(answer nethttp.HandlerFunc) nethttp.HandlerFunc {
	return func(w nethttp.ResponseWriter, r *nethttp.Request) {
		address := h.addressOf(r)
		status, ok := h.underWay.take(address)
		if !ok {
			h.options.Metrics.limited.Inc()
			h.refuseForNow(w, status)
			return
		}
		defer h.underWay.give(address, 1, 0)
		answer(w, r)
	}
}

var errTooMuchComing = errors.New("http: the address has too many bytes under way")

// coming is a body that is counted as it comes, until give.
type coming struct {
	io.Reader
	underWay *underWay
	address  string
	bytes    int
}

func (c *coming) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if !c.underWay.grow(c.address, n) {
		return 0, errTooMuchComing
	}
	c.bytes += n
	return n, err
}

func (c *coming) give() { c.underWay.give(c.address, 0, c.bytes) }

// refuseForNow answers what may come again in a second.
func (h *Host) refuseForNow(w nethttp.ResponseWriter, status int) {
	w.Header().Set("Retry-After", strconv.Itoa(1))
	if status == nethttp.StatusTooManyRequests {
		refuse(w, status, "TooManyRequestsException", "Your address has too many requests or connections open; wait for some, or try again in a second.")
		return
	}
	refuse(w, status, "ServiceUnavailableException", "The server has too many requests under way; try again in a second.")
}
