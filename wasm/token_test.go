//go:build !js

package main

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/store/memory"
)

// A token is asked for in a page that declared the provider, and goes along from then on.
func TestTokensCrossTheBridge(t *testing.T) {
	p := openPage(t, &memory.Disk{})
	p.greet()
	p.send(inTabJoined, 0, "tab")
	p.call(1, "configure", `{"schema":`+testSchema+`,"config":{"endpoint":"https://a.test/graphql"}}`)
	p.send(inCall, 2, "tab", "start", `{"handler":false,"providers":["oidc"]}`)
	asked := func(refresh string) packet {
		t.Helper()
		got := p.next(outAskToken)
		if got.text(0) != "tab" || got.text(1) != "oidc" || got.text(2) != refresh {
			t.Fatalf("asked %s for %s, refresh %s", got.text(0), got.text(1), got.text(2))
		}
		return got
	}
	p.send(inTokenAnswered, asked("0").id, `{"token":`)
	if got := p.next(outReport); !strings.Contains(got.text(1), "its answer is not JSON") {
		t.Fatalf("an answer that is not JSON was reported as %s", got.text(1))
	}
	p.send(inCall, 3, "tab", "start", `{"handler":false,"providers":["oidc"]}`)
	p.send(inTokenFailed, asked("0").id, "signed out")
	p.send(inCall, 4, "tab", "start", `{"handler":false,"providers":["oidc"]}`)
	p.send(inTokenAnswered, asked("0").id, `{"token":"t1"}`)
	opened := p.next(outOpenSocket)
	if opened.text(0) != "wss://a.test/graphql/realtime" || len(opened.parts) != 3 {
		t.Fatalf("it opened %q with %d parts", opened.text(0), len(opened.parts))
	}
	p.send(inSocketClosed, opened.id, "1006", "")
	if got := p.next(outSend); !hasHeader(got, "Authorization", "t1") {
		t.Fatalf("the request carries %q", got.parts[4:])
	}
}

func hasHeader(p packet, name, value string) bool {
	for i := 4; i+1 < len(p.parts); i += 2 {
		if p.text(i) == name && p.text(i+1) == value {
			return true
		}
	}
	return false
}
