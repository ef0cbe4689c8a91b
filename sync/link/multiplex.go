package link

import (
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// Our own server delivers everything about a model over one subscription, and those of many models
// over one start frame. A connection_ack that says so turns the subscriptions of each model into one;
// each still has a state, credentials and a filter of its own.

// multiplex joins the three subscriptions of each model.
func (s *socket) multiplex() {
	var subs []*subscription
	s.multiplexed, s.starts, s.fields = true, 0, map[string]*subscription{}
	for _, sub := range s.subs {
		if len(subs) == 0 || subs[len(subs)-1].model != sub.model {
			sub.id = ""
			subs = append(subs, sub)
		}
		s.fields[appsync.SubscriptionField(sub.model, sub.operation)] = subs[len(subs)-1]
	}
	s.subs = subs
}

// startEach starts the subscriptions that have credentials, in as few frames as the limits allow.
func (l *Link) startEach(subs []*subscription) {
	var ready []*subscription
	for _, sub := range subs {
		if l.mayStart(sub) {
			ready = append(ready, sub)
		}
	}
	if !l.socket.multiplexed {
		for _, sub := range ready {
			l.write(appsync.StartFrame(l.setup.Schema, sub.model, sub.operation, sub.id, sub.filter, l.auth.Authorization(sub.mode)))
		}
		return
	}
	for len(ready) > 0 {
		ready = l.startSome(ready)
	}
}

// startSome starts the first of these subscriptions, with others of the same auth mode that fit into its frame, and
// returns the rest.
func (l *Link) startSome(subs []*subscription) (rest []*subscription) {
	s := &l.socket
	s.starts++
	id := strconv.FormatUint(s.generation, 10) + "-" + strconv.Itoa(s.starts)
	mode, bytes := subs[0].mode, 0
	var models []record.Value
	for _, sub := range subs {
		if sub.mode != mode || len(models) == multiplexModelsMax || bytes > multiplexBytesMax {
			rest = append(rest, sub)
			continue
		}
		entry := appsync.ListeningTo(l.setup.Schema, sub.model, sub.operation, sub.filter).Value()
		if size := len(entry.Text()); len(models) > 0 && bytes+size > multiplexBytesMax {
			bytes = multiplexBytesMax + 1 // full, so that the order stays
			rest = append(rest, sub)
			continue
		} else {
			bytes += size
		}
		models, sub.id = append(models, entry), id
	}
	l.write(appsync.MultiplexFrame(id, models, l.auth.Authorization(mode)))
	return rest
}

// startAgain starts a refused subscription anew. A multiplexed one waits until after this event, so that it shares a
// frame with others that were refused.
func (l *Link) startAgain(sub *subscription) {
	if l.socket.multiplexed {
		sub.state, sub.id = starting, ""
		return
	}
	l.startSubscription(sub)
}

// toStart lists the subscriptions that waited for credentials which are there now, and those to be started again.
func (l *Link) toStart() (list []*subscription) {
	for _, sub := range l.socket.subs {
		if sub.state == waiting && l.auth.Have(sub.mode) || sub.state == starting && sub.id == "" {
			list = append(list, sub)
		}
	}
	return list
}

// acknowledged handles the acknowledgement of a start frame: every subscription that it does not refuse is live.
func (l *Link) acknowledged(f appsync.Frame) {
	refused := f.RefusedIn()
	l.eachOf(f.ID, func(sub *subscription) {
		if errors, no := refused[sub.model.Name]; no {
			l.subscriptionFailed(sub, errors)
		} else {
			l.started(sub)
		}
	})
}

// eachOf visits the subscriptions of a start frame, as long as the connection is open.
func (l *Link) eachOf(id string, f func(*subscription)) {
	if id == "" {
		return
	}
	connection := l.socket.id
	for _, sub := range l.socket.subs {
		if sub.id == id {
			f(sub)
		}
		if l.socket.id != connection {
			return
		}
	}
}

// heardOf finds the subscription that a data frame is for, and the field of the frame that holds the row.
func (l *Link) heardOf(f appsync.Frame) (sub *subscription, field string) {
	s := &l.socket
	if !s.multiplexed {
		if sub = s.find(f.ID); sub != nil {
			field = appsync.SubscriptionField(sub.model, sub.operation)
		}
		return sub, field
	}
	if model := f.ResyncModel(); f.IsResync() {
		for _, one := range s.subs {
			if one.model.Name == model && one.id == f.ID {
				return one, ""
			}
		}
	}
	f.Payload.Field("data").Fields(func(name string, _ record.Value) bool {
		field = name
		return false
	})
	if sub = s.fields[field]; sub != nil && sub.id != f.ID {
		return nil, ""
	}
	return sub, field
}
