package store

import (
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// StagedRecords finds related records as they will be once everything staged is committed. It is good until
// the next commit is staged or done.
type StagedRecords struct {
	stage *Stage
	known []*stagedModel
}

// stagedModel are the records that staged commits name among those that a part of a predicate may lead to.
type stagedModel struct {
	to    *query.Related
	ids   map[string]struct{}
	at    map[string]int32 // by what they are joined by: one of the views, plus one
	views []stagedView
}

type stagedView struct {
	view record.Value
	next int32 // another one that is joined by the same, plus one
}

// Records returns the stage's records, for predicates that lead to other models.
func (s *Stage) Records() *StagedRecords { return &StagedRecords{stage: s} }

// Joined makes them query.Records.
func (r *StagedRecords) Joined(to *query.Related, row record.Value, f func(other record.Value) bool) {
	text, ok := schema.JoinText(row, to.Local)
	if !ok {
		return
	}
	model := to.Target.Name
	if to.ByKey() {
		if view := r.stage.View(Key{model, text}); view.Exists() {
			f(view)
		}
		return
	}
	staged, more := r.staged(to), true
	if !r.stage.over.cleared {
		r.stage.image.eachJoined(to, row, func(id string, view record.Value) bool {
			_, touched := staged.ids[id]
			more = touched || f(view)
			return more
		})
	}
	for n := staged.at[text]; more && n > 0; n = staged.views[n-1].next {
		more = f(staged.views[n-1].view)
	}
}

func (r *StagedRecords) staged(to *query.Related) *stagedModel {
	for _, m := range r.known {
		if m.to == to {
			return m
		}
	}
	m := &stagedModel{to: to, ids: r.stage.touchedIDs(to.Target.Name), at: map[string]int32{}}
	for id := range m.ids {
		view := r.stage.View(Key{to.Target.Name, id})
		if text, ok := schema.JoinText(view, to.Remote); ok {
			m.views = append(m.views, stagedView{view, m.at[text]})
			m.at[text] = int32(len(m.views))
		}
	}
	r.known = append(r.known, m)
	return m
}

// touchedIDs are the ids of a model's records that staged commits name.
func (s *Stage) touchedIDs(model string) map[string]struct{} {
	ids := map[string]struct{}{}
	add := func(key Key) {
		if key.Model == model {
			ids[key.ID] = struct{}{}
		}
	}
	for key := range s.over.rows {
		add(key)
	}
	for key := range s.over.byKey {
		add(key)
	}
	if s.over.cleared { // what is queued stays, on top of nothing
		for _, m := range s.Outbox() {
			add(m.Key)
		}
	}
	return ids
}
