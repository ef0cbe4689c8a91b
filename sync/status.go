package sync

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/door"
)

// The status of a record says how far its changes have come (rule 1):
//
//	synced      nothing of it is queued
//	local       its model is local-only: nothing of it is ever queued
//	pending     its next change waits to be sent
//	sending     its next change was sent and is not answered yet
//	conflicted  a change met a newer row; a decision is awaited
//	blocked     its next change waits for the create of another record
//	held        a change was refused for good and waits for a person
//
// held and conflicted show whatever else is queued for the record. cause says why it does not move.
const (
	statusSynced  = "synced"
	statusLocal   = "local"
	statusSending = "sending"
)

type status struct {
	state   string
	cause   *store.Cause
	changes int // queued
}

// status answers the status of one record, from what is committed.
func (e *Engine) status(ev Status) {
	if e.setup.Shape(ev.Model) == nil {
		e.fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	key := store.Key{Model: ev.Model, ID: ev.ID}
	e.reply(ev.Call, e.statusOf(key).value(key).Text())
}

func (e *Engine) statusOf(key store.Key) status {
	s := status{state: e.atRest(key.Model)}
	var earlier *store.Mutation
	queued := e.door.Image().Mutations(key)
	s.changes = len(queued)
	for i, m := range queued {
		state, cause := e.standing(m, earlier)
		if earlier == nil && isStopped(m) {
			earlier = m
		}
		stopped := state == string(store.Held) || state == string(store.Conflicted)
		if i == 0 || stopped && s.state != string(store.Held) {
			s.state, s.cause = state, cause
		}
	}
	if s.state == string(store.Sent) {
		s.state = statusSending
	}
	return s
}

// atRest is the status of a record of which nothing is queued.
func (e *Engine) atRest(model string) string {
	if e.localOnly(model) {
		return statusLocal
	}
	return statusSynced
}

func (s status) value(key store.Key) record.Value {
	var b record.Builder
	b.SetString("model", key.Model)
	b.SetString("id", key.ID)
	b.SetString("state", s.state)
	b.Set("cause", causeValue(s.cause))
	b.SetInt("changes", int64(s.changes))
	return b.Object()
}

// tellStatuses gives a follower the statuses of these records that it does not know yet.
func (e *Engine) tellStatuses(f *follower, keys []store.Key, first bool) {
	var list record.ListBuilder
	for _, key := range keys {
		if e.setup.Shape(key.Model) == nil || f.model != "" && f.model != key.Model || f.key != "" && f.key != key.ID {
			continue
		}
		s, rest := e.statusOf(key), e.atRest(key.Model)
		text, place := s.state, key.Model+"/"+key.ID
		if s.cause != nil {
			text += " " + s.cause.Code + " " + s.cause.Message
		}
		known, told := f.told[place]
		if !told && !first {
			known = rest
		}
		if told && known == text || !told && !first && text == rest {
			continue
		}
		if s.state == rest && f.key == "" {
			delete(f.told, place)
		} else {
			f.told[place] = text
		}
		list.Add(s.value(key))
	}
	if !first && list.Len() == 0 {
		return
	}
	var b record.Builder
	b.SetInt("seq", int64(e.door.Image().Seq()))
	b.SetBool("first", first)
	b.Set("statuses", list.List())
	e.emit(Notify{Tab: f.tab, Observer: f.id, Body: b.Object().Text()})
}

// queuedKeys are the records of which something is queued, in save order.
func (e *Engine) queuedKeys() []store.Key {
	var keys []store.Key
	seen := map[store.Key]bool{}
	for _, m := range e.door.Image().Outbox() {
		if !seen[m.Key] {
			seen[m.Key] = true
			keys = append(keys, m.Key)
		}
	}
	return keys
}

// follower is an observer of the outbox, or of the statuses of one record, a model or all.
type follower struct {
	tab        string
	id         uint32
	outbox     bool
	model, key string
	told       map[string]string // what it knows: hashes of entries by mutation id, statuses by record
}

// follow begins such an observer. It hears at once what is so now, and then what each commit
// changes of it.
func (e *Engine) follow(ev Observe) {
	if len(e.watchers)+len(e.followers) >= observersMax {
		e.fail(ev.Call, app.NewError(app.CodeBadRequest, "More than "+strconv.Itoa(observersMax)+
			" observers are open. Unsubscribe those that are no longer needed."))
		return
	}
	if ev.Model != "" && e.setup.Shape(ev.Model) == nil {
		e.fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	f := &follower{tab: ev.Call.Tab, id: ev.Observer, outbox: ev.Of == ObserveOutbox, model: ev.Model, key: ev.ID,
		told: map[string]string{}}
	e.unobserve(f.tab, f.id)
	e.followers = append(e.followers, f)
	var b record.Builder
	b.SetInt("seq", int64(e.door.Image().Seq()))
	e.reply(ev.Call, b.Object().Text())
	switch {
	case f.outbox:
		e.tellOutbox(f, append(slices.Clone(e.door.Image().Outbox()), e.door.Image().Parked()...), nil, true)
	case f.key != "":
		e.tellStatuses(f, []store.Key{{Model: f.model, ID: f.key}}, true)
	default:
		e.tellStatuses(f, e.queuedKeys(), true)
	}
}

func (e *Engine) unfollow(gone func(*follower) bool) {
	e.followers = slices.DeleteFunc(e.followers, gone)
}

// tellFollowers tells what a transaction changed of the queue: of its own records, and of those
// that wait for a create in it.
func (e *Engine) tellFollowers(landed *door.Landed) {
	if len(e.followers) == 0 {
		return
	}
	var keys []store.Key
	seen, creates := map[store.Key]bool{}, map[store.Key]bool{}
	add := func(key store.Key) {
		if !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	for _, key := range landed.Keys {
		add(key)
	}
	for _, key := range landed.Creates {
		creates[key] = true
	}
	if len(creates) > 0 {
		for _, m := range e.door.Image().Outbox() {
			if slices.ContainsFunc(e.setup.Shape(m.Key.Model).Needs(m), func(key store.Key) bool { return creates[key] }) {
				add(m.Key)
			}
		}
	}
	e.tellKeys(keys, landed.Mutations)
}

// tellPauses tells followers why queued changes wait, when that changed without a commit: an auth
// mode was paused, or goes on.
func (e *Engine) tellPauses() {
	if len(e.followers) == 0 || e.phase != ready {
		return
	}
	if paused := e.auth.paused(); paused != e.toldPaused {
		e.toldPaused = paused
		e.tellKeys(e.queuedKeys(), nil)
	}
}

// paused names the auth modes that are paused, with the reasons.
func (a *auth) paused() string {
	var modes []string
	for mode, c := range a.modes {
		if c.state == credentialsPaused {
			modes = append(modes, mode+" "+c.reason)
		}
	}
	slices.Sort(modes)
	return strings.Join(modes, "\n")
}

func (e *Engine) tellKeys(keys []store.Key, ids []string) {
	if len(keys) == 0 {
		return
	}
	var queued []*store.Mutation
	for _, key := range keys {
		queued = append(queued, e.door.Image().Mutations(key)...)
	}
	for _, id := range ids {
		if m, ok := e.door.Image().Mutation(id); ok && m.State == store.Parked {
			queued = append(queued, m)
		}
	}
	for _, f := range e.followers {
		if f.outbox {
			e.tellOutbox(f, queued, ids, false)
		} else {
			e.tellStatuses(f, keys, false)
		}
	}
}
