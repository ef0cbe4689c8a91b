package sync

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
		s.fields[appsync.SubscriptionField(sub.model.model, sub.operation)] = subs[len(subs)-1]
	}
	s.subs = subs
}

// startEach starts what has credentials, in as few frames as limits allow.
func (e *Engine) startEach(subs []*subscription) {
	var ready []*subscription
	for _, sub := range subs {
		if e.mayStart(sub) {
			ready = append(ready, sub)
		}
	}
	if !e.socket.multiplexed {
		for _, sub := range ready {
			e.write(appsync.StartFrame(e.setup.Schema(), sub.model.model, sub.operation, sub.id, sub.filter, e.auth.Authorization(sub.mode)))
		}
		return
	}
	for len(ready) > 0 {
		ready = e.startSome(ready)
	}
}

// startSome starts the first of them, with those of the same auth mode that fit into its frame, and
// returns the rest.
func (e *Engine) startSome(subs []*subscription) (rest []*subscription) {
	s := &e.socket
	s.starts++
	id := strconv.FormatUint(s.generation, 10) + "-" + strconv.Itoa(s.starts)
	mode, bytes := subs[0].mode, 0
	var models []record.Value
	for _, sub := range subs {
		if sub.mode != mode || len(models) == multiplexModelsMax || bytes > multiplexBytesMax {
			rest = append(rest, sub)
			continue
		}
		entry := appsync.ListeningTo(e.setup.Schema(), sub.model.model, sub.operation, sub.filter).Value()
		if size := len(entry.Text()); len(models) > 0 && bytes+size > multiplexBytesMax {
			bytes = multiplexBytesMax + 1 // full, so that the order stays
			rest = append(rest, sub)
			continue
		} else {
			bytes += size
		}
		models, sub.id = append(models, entry), id
	}
	e.write(appsync.MultiplexFrame(id, models, e.auth.Authorization(mode)))
	return rest
}

// startAgain starts a refused subscription otherwise. A multiplexed one goes with the others that were
// refused, after this event.
func (e *Engine) startAgain(sub *subscription) {
	if e.socket.multiplexed {
		sub.state, sub.id = starting, ""
		return
	}
	e.startSubscription(sub)
}

// toStart lists what waited for credentials that are there now, and what is to be started again.
func (e *Engine) toStart() (list []*subscription) {
	for _, sub := range e.socket.subs {
		if sub.state == waiting && e.auth.Have(sub.mode) || sub.state == starting && sub.id == "" {
			list = append(list, sub)
		}
	}
	return list
}

// acknowledged answers a start frame: what it does not refuse is live.
func (e *Engine) acknowledged(f appsync.Frame) {
	refused := f.RefusedIn()
	e.eachOf(f.ID, func(sub *subscription) {
		if errors, no := refused[sub.model.model.Name]; no {
			e.subscriptionFailed(sub, errors)
		} else {
			e.started(sub)
		}
	})
}

// eachOf goes through the subscriptions of a start frame, as long as the connection lives.
func (e *Engine) eachOf(id string, f func(*subscription)) {
	if id == "" {
		return
	}
	connection := e.socket.id
	for _, sub := range e.socket.subs {
		if sub.id == id {
			f(sub)
		}
		if e.socket.id != connection {
			return
		}
	}
}

// heardOf finds what a data frame is about: the subscription, and the field that holds the row.
func (e *Engine) heardOf(f appsync.Frame) (sub *subscription, field string) {
	s := &e.socket
	if !s.multiplexed {
		if sub = s.find(f.ID); sub != nil {
			field = appsync.SubscriptionField(sub.model.model, sub.operation)
		}
		return sub, field
	}
	if mp := e.pull.models[f.ResyncModel()]; mp != nil && f.IsResync() {
		for _, one := range s.subs {
			if one.model == mp && one.id == f.ID {
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
