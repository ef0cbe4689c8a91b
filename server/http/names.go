package http

import (
	"net"
	nethttp "net/http"
	"net/netip"
	"slices"
	"strings"
)

// Names are what a server is called: host names without a port. Nobody else's name leads to it
// honestly: a page whose own name was made to point here (DNS rebinding) would pass for ours, because
// its origin and the Host of its requests are the same. Addresses are no names, and always known.
type Names []string

// Known reports whether a Host header, or the host of an origin, is one of the names. "localhost" among
// them stands for all names below it, too.
func (n Names) Known(host string) bool {
	name := host
	if bare, _, err := net.SplitHostPort(host); err == nil {
		name = bare
	}
	name = strings.TrimSuffix(strings.ToLower(strings.Trim(name, "[]")), ".")
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return slices.ContainsFunc(n, func(one string) bool {
		return strings.EqualFold(one, name) || one == "localhost" && strings.HasSuffix(name, ".localhost")
	})
}

// Only serves requests by a known name. Without names it serves all: a proxy in front may have its own.
// Operators' probes are answered by whatever name they come.
func (n Names) Only(next nethttp.Handler) nethttp.Handler {
	if len(n) == 0 {
		return next
	}
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if !n.Known(r.Host) && r.URL.Path != healthPath && r.URL.Path != readyPath {
			refuse(w, nethttp.StatusMisdirectedRequest, "UnauthorizedException",
				`This server is not known by the name of the request. If the name is right, add it to "hosts" in deltabase.json.`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allowed compares an origin with those that may call, and with what the server knows it is called.
func (h *Host) allowed(r *nethttp.Request, origin string) bool {
	if slices.ContainsFunc(h.options.Origins, func(one string) bool { return strings.EqualFold(one, origin) }) {
		return true
	}
	_, host, _ := strings.Cut(origin, "://")
	return strings.EqualFold(host, r.Host) && h.options.Names.Known(host)
}
