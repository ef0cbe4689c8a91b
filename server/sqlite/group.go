package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"

	"github.com/deltabase/deltabase/server"
)

// group is the queue in front of the writing connection. A commit waits for the disk, so what is asked
// for before one begins shares it, and what is asked for meanwhile shares the next:
//
//	Update ─▶ nobody writes: it leads ─▶ one transaction, a savepoint per member ─▶ commit ─▶ all answered
//	   └────▶ somebody writes: it waits ─▶ a member of this group, while there is room and its members are
//	                                       carried out, else of the next, or its leader
//
// Members run one after the other, those of one caller in the order of their calls, and the callers
// take turns. Each sees what the ones before it wrote, and one that fails takes back its own writes only.
// When the commit fails, nobody's writes are there and everybody is told. So each update is durable when it
// returns, as if it were alone.
type group struct {
	mu      sync.Mutex
	leading bool
	waiting []*member
}

// member is one update that waits for its outcome.
type member struct {
	run      func(server.Writer) error
	caller   string
	err      error
	panicked any
	ready    chan struct{} // closed when it is done, or when it has to lead
	leads    bool
}

// join puts a member in the queue and reports whether it leads at once.
func (g *group) join(m *member) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.leading {
		g.waiting = append(g.waiting, m)
		return false
	}
	g.leading = true
	return true
}

// take gives the leader up to so many members that share its transaction.
func (g *group) take(most int) []*member {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), most)
	if n == 0 {
		return nil
	}
	inTurn(g.waiting)
	taken := append([]*member(nil), g.waiting[:n]...)
	g.waiting = append(g.waiting[:0], g.waiting[n:]...)
	return taken
}

// leave hands the lead to the member that has waited longest.
func (g *group) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.waiting) == 0 {
		g.leading = false
		return
	}
	next := g.waiting[0]
	g.waiting = append(g.waiting[:0], g.waiting[1:]...)
	next.leads = true
	close(next.ready)
}

// inTurn orders what waits so that the callers take turns: the first of each, then the second.
func inTurn(waiting []*member) {
	before := map[string]int{}
	rank := make(map[*member]int, len(waiting))
	for _, m := range waiting {
		rank[m] = before[m.caller]
		before[m.caller]++
	}
	slices.SortStableFunc(waiting, func(a, b *member) int { return rank[a] - rank[b] })
}

// giveUp takes a member out of the queue; false when it is being carried out, or leads.
func (g *group) giveUp(m *member) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	i := slices.Index(g.waiting, m)
	if i < 0 {
		return false
	}
	g.waiting = slices.Delete(g.waiting, i, i+1)
	return true
}

// Update writes in one immediate transaction, which it may share with others that wait (group):
// nobody else writes from its first statement on.
func (t *Tables) Update(f func(server.Writer) error) error {
	return t.update(context.Background(), "", f)
}

// update waits for its group until ctx ends and no longer.
func (t *Tables) update(ctx context.Context, caller string, f func(server.Writer) error) error {
	if err := ctx.Err(); err != nil {
		return t.busy(err)
	}
	m := &member{run: f, caller: caller, ready: make(chan struct{})}
	if !t.group.join(m) {
		select {
		case <-m.ready:
		case <-ctx.Done():
			if t.group.giveUp(m) {
				return t.busy(ctx.Err())
			}
			<-m.ready // it came just now
		}
		if !m.leads {
			return m.outcome()
		}
	}
	t.lead(m)
	return m.outcome()
}

func (m *member) outcome() error {
	if m.panicked != nil {
		panic(m.panicked)
	}
	return m.err
}

// lead carries out a group. Whatever ends it, its members are told and the next one leads.
func (t *Tables) lead(m *member) {
	defer t.group.leave()
	one := &transaction{t: t, members: []*member{m}}
	defer one.tell()
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	one.carryOut()
}

// transaction is what a group shares.
type transaction struct {
	t       *Tables
	members []*member // the leader first
	w       *writer
	begun   bool
	written bool // by a member that succeeded
	ended   bool
}

// tell wakes everybody but the leader.
func (x *transaction) tell() {
	for _, m := range x.members[1:] {
		if !x.ended {
			m.err = x.t.error(server.StorageUnavailable, "the write to %s was cut off; try again", nil)
		}
		close(m.ready)
	}
}

// carryOut runs the members, and those that came meanwhile, and commits.
func (x *transaction) carryOut() {
	defer x.rollBack()
	err := x.t.inPlace()
	for next := 0; err == nil && next < len(x.members); next++ {
		err = x.one(x.members[next])
		if next == len(x.members)-1 {
			x.members = append(x.members, x.t.group.take(GroupMembersMax-len(x.members))...)
		}
	}
	if err == nil && x.written {
		err = x.commit()
	}
	if err != nil {
		failAll(x.members, x.t.failure(err))
	}
	x.ended = true
}

func (x *transaction) commit() error {
	if err := x.w.settle(); err != nil {
		return err
	}
	if err := execute(x.t.writing.commit); err != nil {
		return err
	}
	x.begun = false
	return x.t.inPlace()
}

func (x *transaction) begin() error {
	if x.begun {
		return nil
	}
	err := execute(x.t.writing.begin)
	if err != nil && execute(x.t.writing.abort) == nil { // one that could not be rolled back was still open
		err = execute(x.t.writing.begin)
	}
	if err != nil {
		return err
	}
	x.begun = true
	x.w = &writer{reader: reader{tx: ongoing{x.t.conn}, s: &x.t.writing}}
	return nil
}

func (x *transaction) rollBack() {
	if x.begun {
		x.begun = false
		execute(x.t.writing.abort) // fails where SQLite has rolled back already
	}
}

// failAll tells everybody that nothing was written. It replaces what a member found out by itself,
// which may rest on the writes of a member before it.
func failAll(members []*member, err error) {
	for _, m := range members {
		m.err = err
	}
}

// one runs a member. What it wrote is taken back when it fails: to a savepoint, or, when nobody has
// written before it, with the transaction. An error of one is the transaction's: some failures, such as
// a full disk, make SQLite roll it back whole.
func (x *transaction) one(m *member) error {
	if err := x.begin(); err != nil {
		return err
	}
	w := x.w
	if x.written {
		if err := execute(w.s.savepoint); err != nil {
			return err
		}
	}
	before := w.noted
	w.looked = looked{}
	m.carryOut(w)
	m.err = x.t.failure(m.err)
	switch failed := m.err != nil || m.panicked != nil; {
	case failed && !x.written:
		x.rollBack()
		return nil
	case failed:
		if err := execute(w.s.rollback); err != nil {
			return cmp.Or(m.err, err)
		}
		w.noted = before
	case !x.written:
		x.written = true
		return nil
	}
	return execute(w.s.release)
}

func execute(statement *sql.Stmt) error {
	_, err := statement.Exec()
	return err
}

// carryOut keeps a panic for the goroutine that the member belongs to.
func (m *member) carryOut(w server.Writer) {
	defer func() { m.panicked = recover() }()
	m.err = m.run(w)
}
