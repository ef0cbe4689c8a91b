package sync_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	engine "github.com/deltabase/deltabase/sync"
)

// Words of the story language about multiplexed subscriptions.
func init() {
	// multiplex: the server announces them on every connection from now on.
	commands["multiplex"] = func(h *host, _ []string) error { h.multiplex = true; return nil }
	// ackbut Unauthorized Blog Post: the newest start frame is acknowledged, without these models.
	commands["ackbut"] = func(h *host, args []string) error {
		if len(h.subs) == 0 {
			return fmt.Errorf("nothing was started")
		}
		_, id, _ := strings.Cut(h.subs[len(h.subs)-1], " ")
		var refused []appsync.RefusedModel
		for _, model := range args[1:] {
			refused = append(refused, appsync.RefusedModel{Model: model,
				Errors: []appsync.Error{{Type: args[0], Message: "refused " + model}}})
			h.subs = slices.DeleteFunc(h.subs, func(sub string) bool {
				name, of, _ := strings.Cut(sub, " ")
				return of == id && strings.HasSuffix(name, model)
			})
		}
		h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.MultiplexAck(id, refused).Text()})
		return nil
	}
	// resync Post: an event of it was too large to send.
	commands["resync"] = func(h *host, args []string) error {
		if len(h.subs) == 0 {
			return fmt.Errorf("nothing was started")
		}
		_, id, _ := strings.Cut(h.subs[len(h.subs)-1], " ")
		h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.ResyncModelFrame(id, args[0]).Text()})
		return nil
	}
	// failed InternalFailure why: the newest start frame, or what came of it, ends with an error.
	commands["failed"] = func(h *host, args []string) error {
		if len(h.subs) == 0 {
			return fmt.Errorf("nothing was started")
		}
		_, id, _ := strings.Cut(h.subs[len(h.subs)-1], " ")
		h.subs = slices.DeleteFunc(h.subs, func(sub string) bool { return strings.HasSuffix(sub, " "+id) })
		h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.ErrorFrame(id,
			appsync.Error{Type: args[0], Message: strings.Join(args[1:], " ")}).Text()})
		return nil
	}
}

func (h *host) connectionAck() appsync.Frame {
	payload := `{"connectionTimeoutMs":300000}`
	if h.multiplex {
		payload = `{"connectionTimeoutMs":300000,"extensions":` + appsync.Announcement().String() + `}`
	}
	return appsync.Frame{Type: "connection_ack", Payload: record.TrustString(payload)}
}

func (h *host) startMultiplexed(frame appsync.Frame) {
	models, authorization, err := appsync.ParseMultiplex(frame)
	if err != nil {
		panic(err)
	}
	var names []string
	for _, one := range models {
		name := one.Model
		if one.Variables.Field("filter").Exists() {
			name += " filtered"
		}
		names = append(names, name)
		for _, op := range []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete} {
			h.subs = append(h.subs, appsync.SubscriptionField(h.schema.Model(one.Model), op)+" "+frame.ID)
		}
	}
	if len(names) > 5 {
		names = append(names[:1], fmt.Sprintf("... %d models", len(names)))
	}
	h.say("socket start %s: %s%s", frame.ID, strings.Join(names, ", "), describeAuthorization(authorization))
}
