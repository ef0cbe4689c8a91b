package sync_test

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// Words of the story language about credentials.
func init() {
	// provide A userPools oidc: from its next start on, the tab has these auth providers.
	commands["provide"] = func(h *host, args []string) error {
		if h.providers == nil {
			h.providers = map[string][]string{}
		}
		h.providers[args[0]] = args[1:]
		return nil
	}
	// token t1 [exp in ms], token {...}, token null, token fails why: answers the newest question;
	// token @A ..., token @oidc ...: the newest to that tab, or about that mode.
	commands["token"] = func(h *host, args []string) error {
		if len(h.tokenAsks) == 0 {
			return fmt.Errorf("nobody was asked for a token")
		}
		ask := h.tokenAsks[len(h.tokenAsks)-1]
		if tab, named := strings.CutPrefix(args[0], "@"); named {
			args = args[1:]
			for _, one := range h.tokenAsks {
				if one.Tab == tab || one.Mode == tab {
					ask = one
				}
			}
		}
		switch {
		case args[0] == "fails":
			h.step(engine.TokenFailed{Effect: ask.ID, Message: strings.Join(args[1:], " ")})
		case args[0] == "null" || args[0][0] == '{':
			v, _ := value(args, 0)
			h.step(engine.TokenAnswered{Effect: ask.ID, Token: v})
		default:
			text := `{"token":"` + args[0] + `"`
			if len(args) > 1 {
				text += fmt.Sprintf(`,"claims":{"exp":%d}`, number(args[1])/1000)
			}
			h.step(engine.TokenAnswered{Effect: ask.ID, Token: record.TrustString(text + "}")})
		}
		return nil
	}
	// suberror onCreatePost Unauthorized why: the server refuses that subscription.
	commands["suberror"] = func(h *host, args []string) error {
		for i := len(h.subs) - 1; i >= 0; i-- {
			if name, id, _ := strings.Cut(h.subs[i], " "); name == args[0] {
				h.subs = append(h.subs[:i], h.subs[i+1:]...)
				h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.ErrorFrame(id,
					appsync.Error{Type: args[1], Message: strings.Join(args[2:], " ")}).Text()})
				return nil
			}
		}
		return fmt.Errorf("nobody subscribed to %s", args[0])
	}
	// socketerror UnauthorizedException why: the server refuses the connection.
	commands["socketerror"] = func(h *host, args []string) error {
		h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.Frame{Type: appsync.TypeConnectionError,
			Payload: appsync.ErrorPayload(appsync.Error{Type: args[0], Message: strings.Join(args[1:], " ")})}.Text()})
		return nil
	}
}

// describeHeaders shows the credentials of a request, unless they are the API key of most stories.
func describeHeaders(headers [][2]string) string {
	text := ""
	for _, header := range headers {
		if header[0] != "Content-Type" && header != [2]string{"x-api-key", "k"} {
			text += "[" + header[0] + ": " + header[1] + "] "
		}
	}
	return text
}

func describeProtocol(protocols []string) string {
	authorization, err := appsync.ParseProtocol(protocols[len(protocols)-1])
	if err != nil {
		panic(err)
	}
	return describeAuthorization(authorization)
}

func describeAuthorization(authorization record.Value) string {
	text := ""
	authorization.Fields(func(name string, v record.Value) bool {
		if name != "host" && !(name == "x-api-key" && v.Str() == "k") {
			text += " [" + name + ": " + v.Str() + "]"
		}
		return true
	})
	return text
}
