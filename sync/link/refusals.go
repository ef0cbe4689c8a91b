package link

import (
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/peer"
)

// refusals are the subscriptions that the server refuses, by cause. When all subscriptions of the connection are
// settled, the engine reports each cause once, with the models that it therefore polls. It reports a cause again only
// after a connection on which the cause did not occur.
type refusals struct {
	told    map[string]bool
	current map[string]bool // causes that occurred on this connection
	list    []*refusedSubscriptions
}

// refusedSubscriptions are the refused subscriptions of one cause.
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

// causeOf tells causes apart by the type of the error, because its message may name the model. Only an error without a
// type is told apart by its message.
func causeOf(err appsync.Error) string {
	if err.Type != "" {
		return err.Type
	}
	return err.Message
}

// tooManyForSocket is the reason why a model is polled from the start: AppSync limits the subscriptions of a
// connection.
func tooManyForSocket() appsync.Error {
	return appsync.Error{Type: "MaxSubscriptionsReachedError", Message: "A connection carries " +
		strconv.Itoa(subscriptionsMax) + " subscriptions, and each model needs up to three."}
}

// tellRefusals reports the causes that occurred since the last report, each by itself.
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

// namesOf lists the first names, and says how many more there are.
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

// filterRefusals are messages by which a server refuses the filter of a subscription. The engine then starts the
// subscription without a filter, and filters the messages itself.
var filterRefusals = []string{
	"UnknownArgument: Unknown field argument filter",
	"Filters exceed maximum attributes limit",
	"Filters combination exceed maximum limit",
	"filter uses same fieldName multiple time",
	"The variables input contains a field name 'not'",
	"The variables input contains a field that is not defined for input object type",
}
