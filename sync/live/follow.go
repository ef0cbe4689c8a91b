package live

import (
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/door"
)

// Queue knows how far changes have come.
type Queue interface {
	Status(key store.Key) Status
	// Entries visits mutations in save order, each with its entry as the app sees it. The list must hold all mutations
	// of a record or none.
	Entries(list []*store.Mutation, each func(m *store.Mutation, entry record.Value))
}

// Status is how far the changes of a record have come.
type Status struct {
	State   string
	Cause   *store.Cause
	Changes int    // how many are queued
	Rest    string // the state of a record of this model with nothing queued
}

// Value is a status as the app gets it: {model, id, state, cause, changes}.
func (s Status) Value(key store.Key) record.Value {
	var b record.Builder
	b.SetString("model", key.Model)
	b.SetString("id", key.ID)
	b.SetString("state", s.State)
	b.Set("cause", app.CauseValue(s.Cause))
	b.SetInt("changes", int64(s.Changes))
	return b.Object()
}

// queuedKeys are the records that have something queued, in save order.
func (l *Live) queuedKeys() []store.Key {
	var keys []store.Key
	seen := map[store.Key]bool{}
	for _, m := range l.door.Image.Outbox() {
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
	told       map[string]string // what the tab knows: hashes of entries by mutation id, statuses by record
}

// follow begins a follower. It sends the current state at once, and after each commit what the commit changed of it.
func (l *Live) follow(ev Observation) {
	if len(l.watchers)+len(l.followers) >= observersMax {
		l.line.Fail(ev.Call, app.NewError(app.CodeBadRequest, "More than "+strconv.Itoa(observersMax)+
			" observers are open. Unsubscribe those that are no longer needed."))
		return
	}
	if ev.Model != "" && l.setup.Shape(ev.Model) == nil {
		l.line.Fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	f := &follower{tab: ev.Call.Tab, id: ev.Observer, outbox: ev.Of == OfOutbox, model: ev.Model, key: ev.ID,
		told: map[string]string{}}
	l.Unobserve(f.tab, f.id)
	l.followers = append(l.followers, f)
	var b record.Builder
	b.SetInt("seq", int64(l.door.Image.Seq()))
	l.line.Reply(ev.Call, b.Object().Text())
	switch {
	case f.outbox:
		l.tellOutbox(f, append(slices.Clone(l.door.Image.Outbox()), l.door.Image.Parked()...), nil, true)
	case f.key != "":
		l.tellStatuses(f, []store.Key{{Model: f.model, ID: f.key}}, true)
	default:
		l.tellStatuses(f, l.queuedKeys(), true)
	}
}

func (l *Live) unfollow(gone func(*follower) bool) {
	l.followers = slices.DeleteFunc(l.followers, gone)
}

// Landed tells followers what a transaction changed in the queue: for the records of its mutations, and for the records
// that wait for one of its creates.
func (l *Live) Landed(landed *door.Landed) {
	if len(l.followers) == 0 {
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
		for _, m := range l.door.Image.Outbox() {
			if slices.ContainsFunc(l.setup.Shape(m.Key.Model).Needs(m), func(key store.Key) bool { return creates[key] }) {
				add(m.Key)
			}
		}
	}
	l.tellKeys(keys, landed.Mutations)
}

// Paused tells followers why queued changes wait when that changed without a commit, because an auth mode was paused or
// goes on. paused names the paused modes.
func (l *Live) Paused(paused string) {
	if len(l.followers) > 0 && paused != l.toldPaused {
		l.toldPaused = paused
		l.tellKeys(l.queuedKeys(), nil)
	}
}

func (l *Live) tellKeys(keys []store.Key, ids []string) {
	if len(keys) == 0 {
		return
	}
	var queued []*store.Mutation
	for _, key := range keys {
		queued = append(queued, l.door.Image.Mutations(key)...)
	}
	for _, id := range ids {
		if m, ok := l.door.Image.Mutation(id); ok && m.State == store.Parked {
			queued = append(queued, m)
		}
	}
	for _, f := range l.followers {
		if f.outbox {
			l.tellOutbox(f, queued, ids, false)
		} else {
			l.tellStatuses(f, keys, false)
		}
	}
}

// tellStatuses sends a follower those statuses of the given records that it does not know yet.
func (l *Live) tellStatuses(f *follower, keys []store.Key, first bool) {
	var list record.ListBuilder
	for _, key := range keys {
		if l.setup.Shape(key.Model) == nil || f.model != "" && f.model != key.Model || f.key != "" && f.key != key.ID {
			continue
		}
		s := l.queue.Status(key)
		text, place := s.State, key.Model+"/"+key.ID
		if s.Cause != nil {
			text += " " + s.Cause.Code + " " + s.Cause.Message
		}
		known, told := f.told[place]
		if !told && !first {
			known = s.Rest
		}
		if told && known == text || !told && !first && text == s.Rest {
			continue
		}
		if s.State == s.Rest && f.key == "" {
			delete(f.told, place)
		} else {
			f.told[place] = text
		}
		list.Add(s.Value(key))
	}
	if !first && list.Len() == 0 {
		return
	}
	var b record.Builder
	b.SetInt("seq", int64(l.door.Image.Seq()))
	b.SetBool("first", first)
	b.Set("statuses", list.List())
	l.host.Notify(f.tab, f.id, b.Object().Text())
}

// tellOutbox sends a follower those entries of the given mutations that it does not know yet, and the ids of mutations
// that ended.
func (l *Live) tellOutbox(f *follower, queued []*store.Mutation, ids []string, first bool) {
	var put, gone record.ListBuilder
	l.queue.Entries(queued, func(m *store.Mutation, entry record.Value) {
		h := fnv.New64a()
		h.Write(entry.Text())
		if sum := string(h.Sum(nil)); f.told[m.ID] != sum {
			f.told[m.ID] = sum
			put.Add(entry)
		}
	})
	for _, id := range ids {
		if _, told := f.told[id]; !told {
			continue
		}
		if _, queued := l.door.Image.Mutation(id); !queued {
			delete(f.told, id)
			gone.AddString(id)
		}
	}
	if !first && put.Len() == 0 && gone.Len() == 0 {
		return
	}
	var b record.Builder
	b.SetInt("seq", int64(l.door.Image.Seq()))
	b.SetBool("first", first)
	b.Set("put", put.List())
	b.Set("gone", gone.List())
	l.host.Notify(f.tab, f.id, b.Object().Text())
}
