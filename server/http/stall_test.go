package http_test

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	serverhttp "github.com/deltabase/deltabase/server/http"
)

// slowTokens verify nothing until they are let go.
type slowTokens struct{ asked, finish chan struct{} }

func (s *slowTokens) Verify(string, int64) (server.Identity, error) {
	close(s.asked)
	<-s.finish
	return server.Identity{}, &appsync.RequestError{Type: appsync.UnauthorizedException, Message: "no"}
}

// TestOneFrameStallsNobody: while the message of one socket is read, however long that takes, the others
// go on. It is read outside of the lock.
func TestOneFrameStallsNobody(t *testing.T) {
	tokens := &slowTokens{asked: make(chan struct{}), finish: make(chan struct{})}
	s := newSiteOf(t, serverhttp.Options{}, server.Options{Tokens: tokens})
	slow, other := s.connect(), s.connect()
	slow.startAs(record.TrustString(`{"Authorization":"a.b.c"}`), "s", "subscription { onCreateTodo { id } }")
	<-tokens.asked
	other.start("o", "subscription { onCreateTodo { id } }")
	other.expect(appsync.TypeStartAck)
	close(tokens.finish)
	if f := slow.expect(appsync.TypeError); !strings.Contains(string(f.Text()), "Unauthorized") {
		t.Errorf("the slow one: %s", f.Text())
	}
}
