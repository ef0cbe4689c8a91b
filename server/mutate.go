package server

import (
	"slices"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// mutation is one root field of a mutation document.
type mutation struct {
	model     *schema.Model
	operation conflict.Operation
	field     *selection
	id        string // mutation id, "" when the client sent none
	recordID  string
	input     record.Value // with what the server fills in, without _version
	version   int64
	// An update or delete without _version: what clients send that know nothing of versions.
	unversioned bool
	condition   *query.Predicate
	stored      bool // the condition names a stored owner
	may         rights
	strict      bool // the client wants no merge
	couldRead   bool // the row as it was before
	merged      bool // with a row that the caller had not seen
	trace       Trace
}

var mutationAccess = map[conflict.Operation]access{
	conflict.Create: createAccess, conflict.Update: updateAccess, conflict.Delete: deleteAccess,
}

// attempt answers a repeat from what was stored, else decides and writes. A refusal that comes
// with the outcome "applied" came after the write, which must then be rolled back.
func (x *execution) attempt(w Writer, mu *mutation) (record.Value, error) {
	clear(x.related)
	row, repeated, err := x.repeated(w, mu)
	if err != nil {
		return record.Value{}, err
	}
	outcome := appsync.Repeated
	if !repeated {
		outcome = appsync.Applied
		if row, err = x.decide(w, mu); err != nil {
			return record.Value{}, err
		}
	}
	mu.trace.Outcome, mu.trace.RecordID = outcome, mu.recordID // a repeat's id may be another one
	mu.trace.Version = conflict.StampOf(row).Version
	shown, partial := x.shownTo(mu, row, repeated || !mu.merged)
	x.lenient = partial
	answer, err := x.projected(w, mu, shown, true)
	x.lenient = false
	return answer, err
}

// prepare reads and checks the arguments: all that can be known without the stored row.
func (x *execution) prepare(mu *mutation) error {
	input, err := x.argument(mu.field.fields[0], "input")
	if err != nil {
		return argumentRefusal(err)
	}
	condition, err := x.argument(mu.field.fields[0], "condition")
	if err != nil {
		return argumentRefusal(err)
	}
	if mu.condition, err = query.Parse(mu.model, condition, query.Server); err != nil {
		return refuse("Unrecognized Filter", "Unable to process the condition expression: %s", err.Error())
	}
	mu.stored = namesStoredOwner(condition)
	mu.id = x.extensions.Mutations[mu.field.key]
	mu.strict = slices.Contains(x.extensions.Strict, mu.field.key)
	if len(mu.id) > MutationIDBytesMax {
		return refuse(appsync.BadRequest, "A mutation id has at most %d bytes.", MutationIDBytesMax)
	}
	mu.version, _ = input.Field(conflict.VersionField).Int()
	mu.unversioned = mu.operation != conflict.Create && input.Field(conflict.VersionField).IsNull()
	if mu.version < 0 {
		return refuse(appsync.BadRequest, "_version is the version that the change was made on; it is never negative.")
	}
	input = record.Without(input, conflict.VersionField)
	if mu.operation != conflict.Delete {
		sent, granted := input, false
		if input, granted = mu.may.granted(mu.model, sent, mu.operation == conflict.Create); !granted {
			return notAuthorized(mu.field.name, "Mutation")
		}
		if input, err = x.grantFields(mu, sent, input); err != nil {
			return err
		}
	}
	mu.input = x.filledIn(mu, input)
	if mu.recordID, err = mu.model.RecordID(mu.input); err != nil {
		return refuse(appsync.BadRequest, "%s", err.Error())
	}
	if len(mu.recordID) > IDBytesMax {
		return refuse(appsync.BadRequest, "The key of a record has at most %d bytes.", IDBytesMax)
	}
	mu.trace.RecordID, mu.trace.MutationID = mu.recordID, mu.id
	return x.checkInput(mu)
}

// filledIn adds the id, defaults and timestamps (docs/protocol.md#the-steps). A declared
// timestamp that the input has wins, an explicit null too.
func (x *execution) filledIn(mu *mutation, input record.Value) record.Value {
	m := mu.model
	var more record.Builder
	add := func(name string, v record.Value) {
		if name != "" && !input.Field(name).Exists() {
			more.Set(name, v)
		}
	}
	if mu.operation == conflict.Delete {
		return input
	}
	now := x.now()
	if mu.operation == conflict.Update {
		add(m.UpdatedAt, now)
		return record.Overlay(input, more.Object())
	}
	if m.IsKey("id") && input.Field("id").IsNull() {
		more.Set("id", record.OfString(x.server.options.NewID()))
	}
	for _, f := range m.Stored() {
		if f.Default.Exists() && !f.Default.IsNull() && input.Field(f.Name).IsNull() {
			more.Set(f.Name, f.Default)
		}
	}
	add(m.CreatedAt, now)
	add(m.UpdatedAt, now)
	return withoutNullKeys(m, record.Overlay(input, more.Object()))
}

// now is the host's clock as an AWSDateTime.
func (x *execution) now() record.Value {
	return record.OfString(time.UnixMilli(x.call.NowMs).UTC().Format("2006-01-02T15:04:05.000Z"))
}

// withoutNullKeys drops null fields of indexes at create: an index has no null keys, so there
// they are absent and not null.
func withoutNullKeys(m *schema.Model, input record.Value) record.Value {
	var drop []string
	for _, index := range m.Indexes {
		for _, name := range index.Fields {
			if value := input.Field(name); value.Exists() && value.IsNull() {
				drop = append(drop, name)
			}
		}
	}
	return record.Without(input, drop...)
}

// checkInput refuses null for a required field. The update input lets it through, because there
// every field may be left out; AppSync writes it and can then no longer read the row.
func (x *execution) checkInput(mu *mutation) error {
	if mu.operation == conflict.Delete {
		return nil
	}
	for _, f := range mu.model.Stored() {
		required := f.Required && !f.Array || f.Array && !f.ArrayNullable
		value := mu.input.Field(f.Name)
		if required && value.Exists() && value.IsNull() {
			return refuse(appsync.BadRequest, "Cannot return null for non-nullable type: '%s' within parent '%s' (/%s/%s). Nothing was written; send a value or leave the field out.",
				f.Type.Name(), mu.model.Name, mu.field.name, f.Name)
		}
	}
	return nil
}

// repeated answers a mutation id that was carried out before with the row of that time (rule 2).
func (x *execution) repeated(w Writer, mu *mutation) (record.Value, bool, error) {
	if mu.id == "" || canary.AppliedTwice {
		return record.Value{}, false, nil
	}
	before, ok, err := w.Applied(mu.id)
	if err != nil || !ok {
		return record.Value{}, false, err
	}
	if !x.mayHearAgain(mu, before) {
		return record.Value{}, false, notAuthorized(mu.field.name, "Mutation")
	}
	// A create without an id got one from the server; its repeat has none either.
	sameRecord := before.Row.ID == mu.recordID || mu.operation == conflict.Create && x.generated(mu)
	if before.Operation != mu.operation || before.Model != mu.model.Name || !sameRecord {
		return record.Value{}, false, refuse(appsync.BadRequest,
			"The mutation id belongs to an earlier %s of a %s; a new mutation needs a new id.", before.Operation, before.Model)
	}
	mu.recordID = before.Row.ID
	return record.TrustString(before.Text), true, nil
}

// mayHearAgain reports whether the caller may have the answer of an earlier mutation: the caller who sent it may,
// whatever became of the row's owner, and every caller who may read the row. Others have guessed the id.
func (x *execution) mayHearAgain(mu *mutation, before Applied) bool {
	caller := x.call.Caller.hash()
	return before.Caller == caller && caller != nameless ||
		x.server.rightsOf(x.call.Caller, mu.model, getAccess).cover(record.TrustString(before.Text))
}

func (x *execution) generated(mu *mutation) bool {
	input, _ := x.argument(mu.field.fields[0], "input")
	return mu.model.IsKey("id") && input.Field("id").IsNull()
}

// decide reads the stored row, asks the conflict rules and writes what they say.
func (x *execution) decide(w Writer, mu *mutation) (record.Value, error) {
	before, exists, err := w.Row(mu.model.Name, mu.recordID)
	if err != nil {
		return record.Value{}, err
	}
	stored := record.Value{}
	if exists {
		stored = record.TrustString(before.Text)
	}
	if mu.unversioned && !before.Deleted && x.server.unversioned[mu.model.Name] {
		mu.version = before.Version
	}
	if err := x.permitted(mu, stored); err != nil {
		return record.Value{}, err
	}
	x.bindNames(mu, stored)
	mu.merged = stored.Exists() && before.Version != mu.version
	mu.couldRead = stored.Exists() && x.server.rightsOf(x.call.Caller, mu.model, anyReading).cover(stored)
	if err := x.checkCondition(mu, stored, before); err != nil {
		return record.Value{}, err
	}
	outcome := conflict.Decide(mu.model, conflict.Attempt{
		Operation: mu.operation, Input: mu.input, Version: mu.version, Stored: stored,
		Strategy: x.server.strategy(mu.model), Strict: mu.strict || mu.unversioned && x.server.strategy(mu.model) == conflict.Automerge,
	})
	switch outcome.Verdict {
	case conflict.Apply:
	case conflict.Conflicted:
		return record.Value{}, x.conflicted(w, mu, stored)
	case conflict.NeedDecision:
		return x.decided(w, mu, before)
	default:
		return record.Value{}, conditionFailed()
	}
	return x.write(w, mu, before, outcome.Row)
}

// permitted checks a change against the stored row, before anything else is told about it: what a
// caller may not touch and what is not there look alike.
func (x *execution) permitted(mu *mutation, stored record.Value) error {
	if mu.operation == conflict.Create {
		return nil
	}
	refused := notAuthorized(mu.field.name, "Mutation")
	if !mu.may.all && (!stored.Exists() || !mu.may.cover(stored)) {
		return refused
	}
	if err := x.permittedFields(mu, stored); err != nil {
		return err
	}
	for _, o := range mu.may.roles { // to give a row up is to delete it for oneself
		value := mu.input.Field(o.field)
		if value.Exists() && value.IsNull() && !x.server.rightsOf(x.call.Caller, mu.model, deleteAccess).cover(stored) {
			return refused
		}
	}
	return nil
}

func conditionFailed() error {
	return refuse(appsync.ConditionalCheckFailed,
		"The conditional request failed (Service: DynamoDb, Status Code: 400, Request ID: deltabase)")
}

// checkCondition evaluates the condition argument on the stored row. Of a wrong version and a
// failing condition, OPTIMISTIC_CONCURRENCY and tombstones report the version, the others the
// condition (docs/protocol.md#outcomes).
func (x *execution) checkCondition(mu *mutation, stored record.Value, before Row) error {
	if mu.condition == nil {
		return nil
	}
	if !stored.Exists() {
		if mu.operation != conflict.Create {
			return nil // Decide reports that the record is absent
		}
		stored = record.Trust([]byte("{}"))
	}
	strategy := x.server.strategy(mu.model)
	stale := mu.operation != conflict.Create && before.Version != mu.version && strategy != conflict.None
	if stale && (strategy == conflict.Optimistic || before.Deleted) || mu.operation == conflict.Update && before.Deleted {
		return nil
	}
	// A condition on what the caller does not see would tell it.
	if seen, _ := x.shownTo(mu, stored, false); x.server.match(mu.model, mu.condition, seen, mu.stored) {
		return nil
	}
	return conditionFailed()
}

// conflicted is ConflictUnhandled: what the client's handler gets as the remote model.
func (x *execution) conflicted(r Reader, mu *mutation, stored record.Value) error {
	message := "Conflict resolver rejects mutation."
	if mu.unversioned && x.server.strategy(mu.model) == conflict.Automerge {
		message += " It names no _version: send the one that the change was made on, or name the model under \"unversioned\" in the server's configuration."
	}
	return x.withStored(r, mu, stored, &refusal{kind: appsync.ConflictUnhandled, message: message})
}

// withStored adds the stored row to a refusal, under the mutation's selection. It is a read, so
// it is authorised as one.
func (x *execution) withStored(r Reader, mu *mutation, stored record.Value, refused *refusal) error {
	if x.server.rightsOf(x.call.Caller, mu.model, getAccess).cover(stored) {
		errs := len(x.errs)
		x.lenient = true // no row, no handler: clients cannot decide about nothing
		row, err := x.projected(r, mu, stored, false)
		x.lenient = false
		if err != nil {
			return err
		}
		x.errs = x.errs[:errs] // of the selection: the conflict is what matters here
		refused.data = row
	}
	return refused
}

// write stamps the row, puts it and its log entry, and remembers the mutation id.
func (x *execution) write(w Writer, mu *mutation, before Row, row record.Value) (record.Value, error) {
	stamp := conflict.Stamp{Version: before.Version + 1, ChangedAt: x.call.NowMs, Deleted: mu.operation == conflict.Delete}
	size := len(row.Text())
	if size > RecordBytesMax-schema.RecordAddedBytes { // it may be too long
		size = len(conflict.WithStamp(row, stamp).Text())
	}
	if size > RecordBytesMax {
		return row, refuse(appsync.BadRequest, "The record would have %d bytes; at most %d are stored.", size, RecordBytesMax)
	}
	known := x.server.layout.Load()
	keys, ok := x.server.keyChanges(known, mu.model, before, row)
	if !ok {
		return row, refuse(appsync.BadRequest, "The fields of an index have at most %d bytes together.", IndexKeyBytesMax)
	}
	p, err := w.Advance(x.call.NowMs)
	if err != nil {
		return row, err
	}
	l, err := x.server.layoutAt(w, p)
	if err == nil {
		err = l.check(mu.model.Name)
	}
	if err != nil {
		return row, err
	}
	if l != known {
		keys, _ = x.server.keyChanges(l, mu.model, before, row) // the server's own were short enough
	}
	stamp.ChangedAt = p.ChangedAt
	row = conflict.WithStamp(row, stamp)
	entry := Entry{Operation: mu.operation, Row: Row{
		Model: mu.model.Name, ID: mu.recordID, Version: stamp.Version, ChangedAt: stamp.ChangedAt,
		Deleted: stamp.Deleted, Seq: p.Seq, Text: string(row.Text()),
	}}
	entry.Past = pastOf(mu.model, before, row, p.Seq)
	if err := w.Write(entry); err != nil {
		return row, err
	}
	if err := w.PutKeys(entry.Model, entry.ID, keys); err != nil {
		return row, err
	}
	if mu.id == "" || canary.AppliedTwice {
		return row, nil
	}
	entry.Past = ""
	shown, _ := x.shownTo(mu, row, !mu.merged)
	entry.Text = string(shown.Text())
	return row, w.Remember(Applied{ID: mu.id, Operation: mu.operation, Caller: x.call.Caller.hash(), Row: entry.Row})
}

// projected is a row under the mutation's selection. shown tells that everything hidden was taken out of
// it already.
func (x *execution) projected(r Reader, mu *mutation, row record.Value, shown bool) (record.Value, error) {
	below, err := x.below(mu.field)
	if err != nil {
		return record.Value{}, err
	}
	sh, err := x.compile(mu.model.Name, anyReading, below)
	if err != nil {
		return record.Value{}, err
	}
	x.silent = true
	sh.shown = shown
	text, ok, err := x.project(r, nil, sh, row, []string{mu.field.key})
	x.silent = false
	if err != nil || !ok {
		return record.NullValue(), err
	}
	value := record.Trust(text)
	return value, x.answered(value)
}
