package store

import (
	"slices"
	"sort"

	"github.com/deltabase/deltabase/record"
)

// Stage holds commits over an Image that are planned and not durable yet (rule 9). It reads as if all of them had
// succeeded.
//
//	Add, Add      planned, seen by the stage's readers
//	Take          all of these as one transaction, on its way to disk: the host commits it
//	Add, Add      planned meanwhile
//	Done          the oldest commit is durable: the image has it now
//	Drop          it failed: all that was staged is forgotten
//
// Without Take, Done applies one added commit after the other.
type Stage struct {
	image  *Image
	staged []*Commit // oldest first
	taken  bool      // the oldest is being written
	over   overlay
}

func NewStage(i *Image) *Stage {
	s := &Stage{image: i}
	s.rebuild()
	return s
}

// Add stages a commit, which the caller passes on for good. Rows and mutations without an Order get one here: the
// position that their record already has, else the next one.
func (s *Stage) Add(c *Commit) {
	s.giveOrders(c)
	s.staged = append(s.staged, c)
	s.over.add(c)
	for _, j := range s.over.joinings {
		s.note(j, c)
	}
}

// Take merges everything staged into one commit with the next Seq and returns it (group commit). It returns nil when
// nothing is staged, or when the last taken commit is not Done yet.
func (s *Stage) Take() *Commit {
	if s.taken || len(s.staged) == 0 {
		return nil
	}
	group := s.staged[0]
	if len(s.staged) > 1 {
		group = mergeAll(s.staged)
		s.staged = []*Commit{group}
	}
	group.Seq = s.image.Seq() + 1
	s.taken = true
	return group
}

// Len is the number of staged commits, including a taken one.
func (s *Stage) Len() int { return len(s.staged) }

// Done applies the oldest staged commit to the image and returns its changes.
func (s *Stage) Done() []Change {
	if len(s.staged) == 0 {
		return nil
	}
	oldest := s.staged[0]
	s.staged = slices.Delete(s.staged, 0, 1)
	s.taken = false
	changes := s.image.Apply(oldest)
	s.rebuild()
	return changes
}

// TakeBack forgets the commits that were added after the first n.
func (s *Stage) TakeBack(n int) {
	s.staged = s.staged[:n]
	s.rebuild()
}

// Drop forgets all staged commits.
func (s *Stage) Drop() {
	s.staged, s.taken = nil, false
	s.rebuild()
}

func (s *Stage) rebuild() {
	s.over = overlay{order: s.image.Order()}
	for _, c := range s.staged {
		s.over.add(c)
	}
}

// Order is the highest order given out so far, staged commits included.
func (s *Stage) Order() uint64 { return max(s.over.order, s.image.Order()) }

func (s *Stage) giveOrders(c *Commit) {
	next := s.Order()
	for n := range c.Mutations {
		if m := &c.Mutations[n]; m.Order == 0 {
			if known, ok := s.Mutation(m.ID); ok {
				m.Order = known.Order
				continue
			}
			next++
			m.Order = next
		}
	}
	for n := range c.Rows {
		row := &c.Rows[n]
		if row.Order != 0 {
			continue
		}
		if row.Order = s.OrderOf(row.Key()); row.Order == 0 {
			next++
			row.Order = next
		}
	}
}

// OrderOf is the position of a record among those of its model, 0 when there is no such record.
func (s *Stage) OrderOf(k Key) uint64 {
	if row, ok := s.Row(k); ok {
		return row.Order
	}
	if mutations := s.Mutations(k); len(mutations) > 0 {
		return mutations[0].Order
	}
	return 0
}

// Row is a row as it will be when everything staged is durable.
func (s *Stage) Row(k Key) (Row, bool) {
	if row, ok := s.over.rows[k]; ok {
		if row == nil {
			return Row{}, false
		}
		return *row, true
	}
	if s.over.cleared {
		return Row{}, false
	}
	return s.image.Row(k)
}

// RowIDs are the ids of the records of a model that have staged rows, sorted.
func (s *Stage) RowIDs(model string) []string {
	var ids []string
	for key := range s.over.rows {
		if key.Model == model {
			ids = append(ids, key.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// Mutations of one record in save order, parked ones excluded.
func (s *Stage) Mutations(k Key) []*Mutation {
	list := s.image.Mutations(k)
	for _, id := range s.over.byKey[k] {
		if m := s.over.mutations[id]; m == nil || m.State == Parked {
			list = deleteMutation(list, id)
		} else {
			list = insertMutation(list, m)
		}
	}
	return list
}

func (s *Stage) Mutation(id string) (*Mutation, bool) {
	if m, ok := s.over.mutations[id]; ok {
		return m, m != nil
	}
	return s.image.Mutation(id)
}

// View is what the app will see of a record when everything staged is committed.
func (s *Stage) View(k Key) record.Value {
	_, rowStaged := s.over.rows[k]
	if !rowStaged && !s.over.cleared && len(s.over.byKey[k]) == 0 {
		return s.image.View(k)
	}
	row, _ := s.Row(k)
	return s.image.form(k.Model).view(row.Base, s.Mutations(k))
}

func (s *Stage) Meta(key string) record.Value {
	if value, ok := s.over.meta[key]; ok {
		return value
	}
	if s.over.cleared && !survivesClear(key) {
		return record.Value{}
	}
	return s.image.Meta(key)
}

// Outbox returns the mutations in save order, without parked ones.
func (s *Stage) Outbox() []*Mutation {
	if len(s.over.mutations) == 0 {
		return s.image.Outbox()
	}
	if s.over.outbox == nil {
		list := make([]*Mutation, 0, len(s.image.outbox.list)+len(s.over.mutations))
		for _, m := range s.image.outbox.list {
			if _, staged := s.over.mutations[m.ID]; !staged {
				list = append(list, m)
			}
		}
		for _, m := range s.over.mutations {
			if m != nil && m.State != Parked {
				list = append(list, m)
			}
		}
		sort.Slice(list, func(a, b int) bool { return list[a].before(list[b]) < 0 })
		s.over.outbox = list
	}
	return s.over.outbox
}
