package sync_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// answerTo is the server's answer to a request: 401 when it demands another token.
func (h *host) answerTo(s engine.Send) engine.Answered {
	if h.demands != "" {
		carried := ""
		for _, header := range s.Headers {
			if header[0] == "Authorization" {
				carried = header[1]
			}
		}
		if carried != h.demands {
			return engine.Answered{Effect: s.ID, Status: 401,
				Body: []byte(`{"errors":[{"errorType":"UnauthorizedException","message":"Token has expired."}]}`)}
		}
	}
	return engine.Answered{Effect: s.ID, Status: 200, Body: h.server.serve(s.Body)}
}

// TestRandomTokens plays random histories in which tokens are taken back at any time and providers
// give old ones, fail, say that nobody is signed in or stay silent, in two tabs that come and go.
// When it is over, everything arrives as in TestRandomHistories.
func TestRandomTokens(t *testing.T) {
	if testing.Short() {
		t.Skip("it enumerates")
	}
	s := loadSchema(t)
	for seed := *first; seed < *first+uint64(*seeds); seed++ {
		h := newHost(s)
		pending = nil
		h.providers = map[string][]string{"A": {"oidc"}, "B": {"oidc"}}
		h.demands = "t0"
		p := &player{host: h, draw: rand.New(rand.NewPCG(seed, 11)), last: map[string]lastValue{}}
		h.server.plain = seed%2 == 0
		h.server.pageRows = 1 + p.draw.IntN(4)
		p.boot()
		for range 120 {
			p.act()
			p.actOnTokens()
		}
		if problem := p.calm(); problem != "" {
			t.Fatalf("seed %d: %s\n%s\ngo test ./sync -run TestRandomTokens -first %d -seeds 1", seed, problem,
				strings.Join(h.lines[max(0, len(h.lines)-*tail):], "\n"), seed)
		}
	}
}

// actOnTokens lets something happen to credentials.
func (p *player) actOnTokens() {
	h := p.host
	switch p.draw.IntN(10) {
	case 0:
		h.demands = fmt.Sprintf("t%d", p.saves+p.draw.IntN(1000))
	case 1:
		h.step(engine.Start{Call: h.newCall("B"), Providers: h.providers["B"]})
	case 2:
		h.step(engine.TabGone{Tab: "B"})
	case 3:
		if h.socket != 0 && len(h.subs) == 0 {
			h.step(engine.SocketOpened{Effect: h.socket})
			commands["socketerror"](h, []string{"UnauthorizedException", "no"})
		} else if len(h.subs) > 0 {
			name, _, _ := strings.Cut(h.subs[p.draw.IntN(len(h.subs))], " ")
			commands["suberror"](h, []string{name, "UnauthorizedException", "no"})
		}
	case 4, 5, 6, 7:
		p.answerToken()
	}
	settle()
}

// answerToken answers one of the questions that were asked.
func (p *player) answerToken() {
	h := p.host
	if len(h.tokenAsks) == 0 {
		return
	}
	ask := h.tokenAsks[p.draw.IntN(len(h.tokenAsks))]
	give := func(text string) {
		h.step(engine.TokenAnswered{Effect: ask.ID, Token: record.TrustString(text)})
	}
	switch p.draw.IntN(8) {
	case 0:
		h.step(engine.TokenFailed{Effect: ask.ID, Message: "no session"})
	case 1:
		give("null")
	case 2:
		give(`{"token":"old"}`)
	case 3:
		give(fmt.Sprintf(`{"token":%q,"claims":{"exp":%d}}`, h.demands, h.nowMs/1000+p.draw.Int64N(20)-5))
	default:
		give(fmt.Sprintf(`{"token":%q}`, h.demands))
	}
}

// giveTokens answers every question well.
func (p *player) giveTokens() {
	h := p.host
	for _, ask := range h.tokenAsks {
		h.step(engine.TokenAnswered{Effect: ask.ID, Token: record.TrustString(fmt.Sprintf(`{"token":%q}`, h.demands))})
	}
	h.tokenAsks = nil
	settle()
}
