package main

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/identity"
)

// auth reads who may sign tokens, besides the API keys:
//
//	"auth": {
//	  "userPools": {"issuer": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc", "clients": ["..."]},
//	  "oidc": [{"issuer": "https://login.example.com", "clients": ["..."], "algorithms": ["ES256"], "keys": "https://..."}]
//	}
//
// Each is one issuer or a list of them. Of several, "plainOwners": true names the one whose users own the
// rows that were stored with plain owners. keys is found by discovery when it is not said, algorithms
// are ["RS256"], and no clients means that tokens for any client count.
func (r *configReader) auth(at string, v record.Value) {
	r.object(at, v, map[string]func(string, record.Value){
		identity.UserPools: func(at string, v record.Value) { r.issuersOf(at, v, identity.UserPools) },
		identity.OIDC:      func(at string, v record.Value) { r.issuersOf(at, v, identity.OIDC) },
	})
}

func (r *configReader) issuersOf(at string, v record.Value, provider string) {
	if v.Kind() != record.List {
		r.issuer(at, v, provider)
		return
	}
	v.Elements(func(i int, element record.Value) bool {
		r.issuer(at+"["+strconv.Itoa(i)+"]", element, provider)
		return true
	})
}

func (r *configReader) issuer(at string, v record.Value, provider string) {
	issuer := identity.Issuer{Provider: provider}
	r.object(at, v, map[string]func(string, record.Value){
		"issuer":      func(at string, v record.Value) { issuer.URL = r.text(at, v) },
		"keys":        func(at string, v record.Value) { issuer.KeysURL = r.text(at, v) },
		"clients":     func(at string, v record.Value) { issuer.Clients = r.texts(at, v) },
		"plainOwners": func(at string, v record.Value) { issuer.PlainOwners = r.flag(at, v) },
		"algorithms":  func(at string, v record.Value) { issuer.Algorithms = r.texts(at, v) },
	})
	if issuer.URL == "" && v.Kind() == record.Object {
		r.wrong(`%q has no "issuer"; write the iss of its tokens`, at)
	}
	r.config.issuers = append(r.config.issuers, issuer)
}

// rateLimit reads {"requestsPerSecond": 50, "burst": 200}, for each address and each user; false is
// no bound.
func (r *configReader) rateLimit(at string, v record.Value) {
	r.config.rates = &serverhttp.Rates{}
	if v.Kind() == record.Bool && !v.Bool() {
		return
	}
	r.object(at, v, map[string]func(string, record.Value){
		"requestsPerSecond": func(at string, v record.Value) { r.config.rates.PerSecond = float64(r.count(at, v)) },
		"burst":             func(at string, v record.Value) { r.config.rates.Burst = r.count(at, v) },
	})
	rates := r.config.rates
	if rates.PerSecond > 0 && rates.Burst == 0 {
		rates.Burst = int(4 * rates.PerSecond)
	}
	if rates.PerSecond == 0 && rates.Burst > 0 {
		r.wrong(`%q has no "requestsPerSecond"`, at)
	}
}
