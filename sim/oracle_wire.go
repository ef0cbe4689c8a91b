package sim

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

// exchange is one request while the server works on it.
type exchange struct {
	process   *process
	mutations []*wireMutation
	pull      *pullRequest
	get       key // the record that is read, none without
	written   []*version
	before    map[key]*version // what was stored when it came
	decisions map[key]decided
}

// decided is what the conflict function said about one version of a row.
type decided struct {
	version int64
	answer  record.Value
}

// wireMutation is one mutation in one request.
type wireMutation struct {
	alias     string
	id        string // on the wire
	of        string // the page's id
	key       key
	operation string
	input     record.Value
	condition record.Value
	version   int64
	strict    bool // it asks not to be merged
}

// wired is everything that is known of one id on the wire.
type wired struct {
	text     string // what was sent under it, byte for byte
	applied  []*version
	rows     []*version // what the server answered with: rows of these versions
	absent   bool       // the server answered a delete that there is no such row
	refused  string     // the newest definite refusal that was answered
	answered bool       // something definite reached the engine
	firstSeq int64      // position of the server when it was first sent
	device   *Device
	looked   bool // plain AppSync: its record was read since it was sent last, or it was turned away
}

// read takes a request apart; ids are looked up on the sender's disk, because plain AppSync gets
// none.
func (o *oracle) read(p *process, body []byte) *exchange {
	v := record.Trust(body)
	d := o.takeApart(v.Field("query").Str())
	x := &exchange{process: p}
	variables := v.Field("variables")
	ours := v.Field("extensions").Field("deltabase")
	if d.kind == "get" {
		x.get = key{d.model, oracleID(d.model, variables)}
	}
	if d.kind == "sync" {
		x.pull = newPullRequest(d.model, variables, ours)
	}
	for _, f := range d.fields {
		m := &wireMutation{alias: f.alias, operation: f.operation, input: variables.Field(f.input),
			condition: variables.Field(f.condition), id: ours.Field("mutations").Field(f.alias).Str()}
		m.key = key{f.model, oracleID(f.model, m.input)}
		m.version = number(m.input.Field("_version"))
		ours.Field("strict").Elements(func(_ int, alias record.Value) bool {
			m.strict = m.strict || alias.Str() == m.alias && !o.world.plan.Setup.Plain
			return !m.strict
		})
		x.mutations = append(x.mutations, m)
	}
	return x
}

// sending checks a request when it leaves an engine (rule 2): what it mutates is on the disk, as
// sent, with these very contents; the same id never comes with others; one push is under way at a
// time (rule 10); and what points at a record comes after that record's create (rule 5).
func (o *oracle) sending(p *process, s engine.Send) *exchange {
	x := o.read(p, s.Body)
	if p.view == nil || p.halted {
		o.fail("writer", p.device.name, "%s is sent by an engine that has no database", s.Name)
		return x
	}
	for _, m := range x.mutations {
		if stored := p.view.sentOf(m.key); m.id == "" && stored != nil {
			m.id = stored.wireID() // plain AppSync is told no ids
		}
		m.of, _, _ = strings.Cut(m.id, "~")
	}
	for _, m := range p.view.mutations { // one that restore() brings back is parked until that is durable
		if known := o.wire[m.wireID()]; m.key == x.get && known != nil && (m.state == "sent" || m.state == "parked") {
			known.looked = true
		}
	}
	o.carried(p, x, s)
	if s.Name != "push" {
		return x
	}
	for _, r := range p.requests {
		if r.send.Name == "push" && !r.answered {
			o.fail("writer", p.device.name, "a second push while one is under way")
		}
	}
	seen := map[key]bool{}
	for _, m := range x.mutations {
		if seen[m.key] {
			o.fail("batch", p.device.name, "two mutations of %s in one request", m.key)
		}
		seen[m.key] = true
		o.sendingOne(p, m)
	}
	return x
}

func (o *oracle) sendingOne(p *process, m *wireMutation) {
	stored := p.view.sentOf(m.key)
	if stored == nil {
		o.fail("ack", p.device.name, "a %s of %s is sent, but is not on the disk as sent", m.operation, m.key)
		return
	}
	name := stored.wireID()
	if m.id != "" && m.id != name {
		o.fail("repeat", p.device.name, "%s is sent under the id %s, on the disk it is %s", m.key, m.id, name)
	}
	if !stored.carriedBy(m) {
		o.fail("frozen", p.device.name, "what is sent as %s is not what the disk holds: %s, disk %s version %d", name,
			m.input.Text(), stored.fields.Text(), stored.version)
	}
	text := m.operation + m.input.String() + m.condition.String()
	known := o.wire[name]
	if known == nil {
		o.wire[name] = &wired{text: text, device: p.device, firstSeq: o.seq}
		o.selfConflict(p, m)
	} else if known.text != text {
		o.fail("frozen", p.device.name, "%s was sent as %s before, now as %s", name, known.text, text)
	} else if o.world.plan.Setup.Plain && !known.looked {
		o.fail("repeat", p.device.name, "plain AppSync gets %s of %s again, and nobody looked whether it had arrived", name, m.key)
	} else {
		known.looked = false
	}
	shape := modelShapes[m.key.model]
	parent := m.input.Field(shape.foreign)
	if shape.foreign == "" || parent.IsNull() || m.operation == "delete" || known != nil {
		return // what is sent again waits for no create that came back after it was sent first
	}
	for _, q := range p.view.byKey[key{shape.parent, parent.Str()}] {
		if q.operation == "create" {
			o.fail("batch", p.device.name, "%s is sent before the create %s of its parent was acknowledged", m.key, q.id)
		}
	}
}

// selfConflict finds edits whose rebasing got lost (rule 3): everything that happened to the row
// since the version which they name was this device's own, and it was told so.
func (o *oracle) selfConflict(p *process, m *wireMutation) {
	stored := o.stored(m.key)
	if m.operation == "create" || stored == nil || m.version >= stored.number || m.version == 0 {
		return
	}
	if o.of(p.device).detoured[m.key] {
		return // what came between went before it, with values that its page was not shown or its schema lacked
	}
	if o.of(p.device).answer[m.key] != stored {
		return // the answer to an earlier edit came later, when a parked one was sent in between
	}
	for v := stored; v != nil && v.number > m.version; v = v.before {
		if v.device != p.device || v.mutation == nil || !o.savedBefore(p.device, v.mutation.of, m.of) || !o.toldOf(p, v) {
			return
		}
		if v.before != nil && v.mutation.version < v.before.number {
			return // it came late itself: the server made something of it that no page was shown
		}
		if v.before != nil && v.number > v.before.number+1 {
			return // a restored server left versions out, so the answer looked like one with a stranger's change
		}
	}
	o.fail("rebase", p.device.name, "%s names version %d, but all that came after it, up to %d, are own and acknowledged edits",
		m.key, m.version, stored.number)
}

// toldOf reports that an engine was told that its mutation became this version, and took it so. It need
// not know of a copy of a request that was carried out late, or believe in what a handler threw away;
// and an answer that was lost with its transaction is no answer: plain AppSync can't repeat it, so the
// mutation may end at a later version, after a conflict with its own row. A clear forgets it all, and with
// syncMaxRecords the pull after it may bring an old version only.
func (o *oracle) toldOf(p *process, v *version) bool {
	known, d := o.wire[v.mutation.id], o.of(p.device)
	end := d.ended[v.mutation.of]
	became, remembered := d.became[v.mutation.of]
	return known != nil && slices.Contains(known.rows, v) && (end == "acknowledged" || end == "superseded") &&
		remembered && (became == v.number || !o.world.plan.Setup.Plain)
}

// requested is a request that reached the server, perhaps not for the first time.
func (o *oracle) requested(sent *exchange) *exchange {
	x := &exchange{process: sent.process, mutations: sent.mutations, decisions: map[key]decided{}, before: map[key]*version{}}
	for _, m := range x.mutations {
		x.before[m.key] = o.stored(m.key)
	}
	if sent.pull != nil {
		begun := *sent.pull
		x.pull = &begun
		o.pulling(x.pull)
	}
	return x
}

func (o *oracle) decided(x *exchange, id string, version int64, d server.Decision) {
	for _, m := range x.mutations {
		if m.key.id == id {
			x.decisions[m.key] = decided{version, record.Trust(d.Answer)}
		}
	}
}

// served checks what the server made of a request and what it answers.
func (o *oracle) served(x *exchange, status int, body []byte) {
	written := map[key]*version{}
	for _, v := range x.written {
		if written[v.key] != nil {
			o.fail("repeat", "", "%s was written twice by one request", v.key)
		}
		written[v.key] = v
	}
	answer := record.Trust(body)
	for _, m := range x.mutations {
		if known := o.wire[m.id]; known != nil && (status == 401 || status == 403) {
			known.looked = true
		}
		if status == 200 {
			o.answeredOne(x, m, written[m.key], answer)
		}
	}
	if x.pull != nil && status == 200 {
		o.pulled(x, answer)
	}
}

// applied checks one accepted mutation against the naive rules.
func (o *oracle) applied(x *exchange, m *wireMutation, v *version) {
	device := x.process.device.name
	v.mutation = m
	if v.operation != m.operation {
		o.fail("merge", device, "a %s of %s was carried out as %s", m.operation, m.key, v.operation)
	}
	decision := record.Value{}
	if d := x.decisions[m.key]; v.before != nil && d.version == v.before.number {
		decision = d.answer
	}
	row, reason := o.expected(m, v.before, decision)
	if reason != "" {
		o.fail("accepted", device, "%s %s with version %d was accepted although %s", m.operation, m.key, m.version, reason)
	} else if field, same := sameContent(row, v.row); !same {
		o.fail("merge", device, "%s %s should have made %s, the server has %s (field %s)", m.operation, m.key, row.Text(), v.row.Text(), field)
	}
	o.overtaken(x.process.device, m, v)
	known := o.wire[m.id]
	if known == nil {
		if m.id != "" {
			o.fail("ack", device, "%s was applied, but never sent", m.id)
		}
		return
	}
	if len(known.applied) > 0 && !known.applied[0].lost && !o.world.plan.Setup.Plain && known.applied[0].seq > o.forgot {
		o.fail("repeat", device, "%s was applied twice: as version %d and %d of %s", m.id, known.applied[0].number, v.number, m.key)
	}
	known.applied = append(known.applied, v)
}

// answeredOne checks the answer to one mutation.
func (o *oracle) answeredOne(x *exchange, m *wireMutation, v *version, answer record.Value) {
	device := x.process.device.name
	row := answer.Field("data").Field(m.alias)
	if row.Kind() == record.Object {
		shown := o.find(m.key, row)
		switch {
		case shown == nil || !o.trueTo(shown, row):
			o.fail("merge", device, "the answer to %s holds a row that the server never had: %s", m.id, row.Text())
		case v != nil && shown != v:
			o.fail("merge", device, "the answer to %s is version %d, it wrote %d", m.id, shown.number, v.number)
		case v == nil && (o.wire[m.id] == nil || len(o.wire[m.id].applied) == 0):
			o.fail("lost", device, "%s was answered with a row, but never carried out", m.id)
		}
		return
	}
	if v != nil {
		o.fail("merge", device, "%s was carried out, but not answered with the row", m.id)
	}
	// While a conflict function is asked, other requests go on: either row may have been looked at.
	now, then, decision := o.stored(m.key), x.before[m.key], x.decisions[m.key].answer
	switch errorOf(answer, m.alias) {
	case "ConflictUnhandled":
		if !o.mayConflict(m, now, decision) && !o.mayConflict(m, then, decision) {
			o.fail("accepted", device, "%s with version %d got ConflictUnhandled without reason", m.id, m.version)
		}
	case "ConditionalCheckFailedException":
		if !mayFailCondition(m, now) && !mayFailCondition(m, then) {
			o.fail("accepted", device, "%s got ConditionalCheckFailedException without reason", m.id)
		}
	}
}

// errorOf is the errorType of the first error of a response key, "" when there is none.
func errorOf(answer record.Value, alias string) string {
	kind := ""
	answer.Field("errors").Elements(func(_ int, e record.Value) bool {
		first := record.Value{}
		e.Field("path").Elements(func(_ int, part record.Value) bool {
			first = part
			return false
		})
		if first.Str() == alias {
			kind = e.Field("errorType").Str()
			if kind == "" {
				kind = "error"
			}
		}
		return kind == ""
	})
	return kind
}

// refusalOf is errorOf; of a mutation that travelled alone, an error without a path is meant, too.
func refusalOf(answer record.Value, alias string, alone bool) string {
	kind := errorOf(answer, alias)
	if kind == "" && alone && answer.Field("errors").Len() > 0 {
		return "error"
	}
	return kind
}

// answered is an answer that reaches an engine now.
func (o *oracle) answered(r *request, a reply) {
	if r.answered || r.given || r.process.dead || len(a.body) == 0 || a.body[0] != '{' {
		return
	}
	answer := record.Trust(a.body)
	o.rowsAnswered(r.process, r.seen, answer)
	for _, m := range r.seen.mutations {
		known := o.wire[m.id]
		if known == nil {
			continue
		}
		if row := answer.Field("data").Field(m.alias); row.Kind() == record.Object {
			if v := o.find(m.key, row); v != nil {
				known.rows = append(known.rows, v)
				o.of(r.process.device).answer[m.key] = v
			}
			known.answered = true
		} else if kind := refusalOf(answer, m.alias, len(r.seen.mutations) == 1); kind != "" {
			known.refused, known.answered = kind, true
			known.absent = known.absent || kind == "ConditionalCheckFailedException" && m.operation == "delete"
		}
	}
}
