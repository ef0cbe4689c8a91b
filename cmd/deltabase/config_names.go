package main

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// origins reads which pages may call: ["https://app.example"], or ["*"] for all, which is the default.
func (r *configReader) origins(at string, v record.Value) {
	list := r.texts(at, v)
	for _, one := range list {
		u, err := url.Parse(one)
		switch {
		case one == "*" && len(list) > 1:
			r.wrong(`%q has "*", which is all origins, beside others; write ["*"], or leave it out`, at)
		case one == "*":
		case err != nil || u.Scheme == "" || u.Host == "" || u.Scheme+"://"+u.Host != strings.ToLower(one) || strings.Contains(u.Host, "*"):
			r.wrong(`%q has %q, which no browser sends; an origin is a scheme, a host and its port, without a path, such as "https://app.example"`, at, one)
		}
	}
	r.config.origins = list
}

// hosts reads what the server is called, without ports: ["api.example.com"]. Requests by another name are
// refused.
func (r *configReader) hosts(at string, v record.Value) {
	list := r.texts(at, v)
	if slices.ContainsFunc(list, func(one string) bool { return strings.ContainsAny(one, ":/*") }) {
		r.wrong(`%q names hosts without scheme, port or star, such as "api.example.com"`, at)
	}
	r.config.hosts = list
}

// thisMachine are the proxies that are believed when none are named: those on the server's own machine.
var thisMachine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// trustedProxies reads the addresses of proxies whose X-Forwarded-For and Forwarded count, in place of
// this machine's: ["10.0.0.0/8", "192.0.2.1"].
func (r *configReader) trustedProxies(at string, v record.Value) {
	r.config.proxies = nil
	for _, one := range r.texts(at, v) {
		prefix, err := netip.ParsePrefix(one)
		if address, single := netip.ParseAddr(one); single == nil {
			prefix, err = netip.PrefixFrom(address, address.BitLen()), nil
		}
		if err != nil {
			r.wrong(`%q has %q, which is no address; write one, or a network such as "10.0.0.0/8"`, at, one)
			continue
		}
		r.config.proxies = append(r.config.proxies, prefix)
	}
}
