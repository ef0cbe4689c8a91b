package server_test

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

// claimed believes tokens that are the claims themselves, behind the time when they expire: what
// makes a token true is tested in server/identity.
type claimed struct{}

func (claimed) Verify(token string, nowMs int64) (server.Identity, error) {
	until, claims, ok := strings.Cut(token, " ")
	expires, err := strconv.ParseInt(until, 10, 64)
	if !ok || err != nil {
		return server.Identity{}, errors.New("Unable to parse JWT token.")
	}
	if expires <= nowMs {
		return server.Identity{}, errors.New("Token has expired.")
	}
	issuer, realm := "https://issuer.example", ""
	if rest, other, found := strings.Cut(claims, "@"); found {
		claims, realm, issuer = rest, other, "https://"+other
	}
	return server.Identity{Provider: "userPools", Issuer: issuer, Realm: realm,
		Claims: record.TrustString(claims), ExpiresMs: expires}, nil
}

func token(expires time.Time, name string, groups ...string) string {
	var b record.Builder
	var list record.ListBuilder
	for _, group := range groups {
		list.AddString(group)
	}
	b.SetString("sub", "s-"+name)
	b.SetString("username", name)
	if len(groups) > 0 {
		b.Set("cognito:groups", list.List())
	}
	return strconv.FormatInt(expires.UnixMilli(), 10) + " " + b.Object().String()
}

// as makes the token of what follows.
func (w *world) as(line string) {
	words := strings.Fields(line)
	if len(words) == 0 {
		w.token = ""
		return
	}
	expires := w.now.Add(24 * time.Hour)
	if len(words) == 3 && words[1] == "until" {
		d, err := time.ParseDuration(strings.TrimPrefix(words[2], "+"))
		if err != nil {
			w.t.Fatal(err)
		}
		expires, words = w.now.Add(d), words[:1]
	}
	name, realm, _ := strings.Cut(words[0], "@")
	w.token = token(expires, name, words[1:]...)
	if realm != "" {
		w.token += "@" + realm
	}
}

func (w *world) credentials() server.Credentials {
	return server.Credentials{APIKey: w.key, Authorization: w.token}
}
