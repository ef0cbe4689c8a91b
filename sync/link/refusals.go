package link

import (
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/peer"
)

// refusals are the subscriptions that the server refuses, by cause. Each cause is told once, when all
// subscriptions of the connection are settled, with the models that are polled for it; again only
// after a connection on which it did not come up.
type refusals struct {
	told    map[string]bool
	current map[string]bool // that came up on this connection
	list    []*refusedSubscriptions
}

// refusedSubscriptions are those of one cause.
type refusedSubscriptions struct {
	cause     string
	err       appsync.Error
	operation string
	models    []string
}

func (l *Link) subscriptionRefused(sub *subscription, err appsync.Error) {
	r := &l.socket.refusals
	cause := causeOf(err)
	if r.current == nil {
		r.current = map[string]bool{}
	}
	r.current[cause] = true
	if r.told[cause] {
		return
	}
	var those *refusedSubscriptions
	for _, one := range r.list {
		if one.cause == cause {
			those = one
		}
	}
	if those == nil {
		those = &refusedSubscriptions{cause: cause, err: err, operation: app.WordOf(sub.operation)}
		r.list = append(r.list, those)
	}
	if name := sub.model.Name; len(those.models) == 0 || those.models[len(those.models)-1] != name {
		those.models = append(those.models, name)
	}
	if l.socket.settled {
		l.tellRefusals()
	}
}

// causeOf tells causes apart by the error's type: messages may name the model. Without a type the
// message has to do.
func causeOf(err appsync.Error) string {
	if err.Type != "" {
		return err.Type
	}
	return err.Message
}

// tooManyForSocket is why a model is polled from the start: the limit of AppSync for a connection.
func tooManyForSocket() appsync.Error {
	return appsync.Error{Type: "MaxSubscriptionsReachedError", Message: "A connection carries " +
		strconv.Itoa(subscriptionsMax) + " subscriptions, and each model needs up to three."}
}

// tellRefusals reports what came up since the last time, each cause by itself.
func (l *Link) tellRefusals() {
	r := &l.socket.refusals
	if r.told == nil {
		r.told = map[string]bool{}
	}
	for cause := range r.told {
		if !r.current[cause] {
			delete(r.told, cause)
		}
	}
	for _, those := range r.list {
		r.told[those.cause] = true
		t := app.Trouble{Process: "subscribe", Code: app.CodeServerError, Kind: peer.KindOf(those.err),
			Message: "The server does not deliver the changes of " + namesOf(those.models) + " live, so it is " +
				"asked for them every now and then: " + those.err.Message}
		if peer.IsUnauthorized(those.err.Type) {
			t.Code = app.CodeUnauthorized
		}
		if len(those.models) == 1 {
			t.Model, t.Operation = those.models[0], those.operation
		}
		l.line.Report(t)
	}
	r.list = nil
}

// namesOf lists some names, and how many more there are.
func namesOf(names []string) string {
	text := names[0]
	for i, name := range names[1:] {
		if i+1 == modelsShownMax {
			return text + " and " + strconv.Itoa(len(names)-modelsShownMax) + " more models"
		}
		text += ", " + name
	}
	return text
}

// filterRefusals are the messages by which a server says that it can't take this filter; the
// subscription is then started without, and the engine filters.
var filterRefusals = []string{
	"UnknownArgument: Unknown field argument filter",
	"Filters exceed maximum attributes limit",
	"Filters combination exceed maximum limit",
	"filter uses same fieldName multiple time",
	"The variables input contains a field name 'not'",
	"The variables input contains a field that is not defined for input object type",
}
