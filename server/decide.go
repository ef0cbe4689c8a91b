package server

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
)

// attempt answers a repeat from the stored result; otherwise it decides and writes. A refusal with the outcome
// "applied" came after the write, which must then be rolled back.
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
	mu.trace.Outcome, mu.trace.RecordID = outcome, mu.recordID // the id of a repeated create may differ
	mu.trace.Version = conflict.StampOf(row).Version
	shown, partial := x.shownTo(mu, row, repeated || !mu.merged)
	x.lenient = partial
	answer, err := x.projected(w, mu, shown, true)
	x.lenient = false
	return answer, err
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
	// A create without an id got one from the server, and its repeat has no id either.
	sameRecord := before.Row.ID == mu.recordID || mu.operation == conflict.Create && mu.generated()
	if before.Operation != mu.operation || before.Model != mu.model.Name || !sameRecord {
		return record.Value{}, false, refuse(appsync.BadRequest,
			"The mutation id belongs to an earlier %s of a %s; a new mutation needs a new id.", before.Operation, before.Model)
	}
	mu.recordID = before.Row.ID
	return record.TrustString(before.Text), true, nil
}

// mayHearAgain reports whether the caller may get the answer of an earlier mutation. The caller who sent that mutation
// may, whatever became of the row's owner; so may every caller who can read the row. Anybody else has guessed the id.
func (x *execution) mayHearAgain(mu *mutation, before Applied) bool {
	caller := x.call.Caller.hash()
	return before.Caller == caller && caller != nameless ||
		x.server.rightsOf(x.call.Caller, mu.model, getAccess).cover(record.TrustString(before.Text))
}

// generated reports whether the server made the id.
func (mu *mutation) generated() bool {
	return mu.model.IsKey("id") && mu.field.arguments["input"].Field("id").IsNull()
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

// permitted checks a change against the stored row before anything about the row is revealed: a row that the caller may
// not touch and a row that does not exist get the same answer.
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
	for _, o := range mu.may.roles { // giving a row up counts as deleting it for oneself
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

// checkCondition evaluates the condition argument on the stored row. When both the version is wrong and the condition
// fails, OPTIMISTIC_CONCURRENCY and tombstones report the version; the other strategies report the condition
// (docs/protocol.md#outcomes).
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
	// A condition on a field that the caller may not see would reveal its value.
	if seen, _ := x.shownTo(mu, stored, false); x.server.match(mu.model, mu.condition, seen, mu.stored) {
		return nil
	}
	return conditionFailed()
}

// conflicted makes the ConflictUnhandled error, with the row that the client's handler gets as the remote model.
func (x *execution) conflicted(r Reader, mu *mutation, stored record.Value) error {
	message := "Conflict resolver rejects mutation."
	if mu.unversioned && x.server.strategy(mu.model) == conflict.Automerge {
		message += " It names no _version: send the one that the change was made on, or name the model under \"unversioned\" in the server's configuration."
	}
	return x.withStored(r, mu, stored, &refusal{kind: appsync.ConflictUnhandled, message: message})
}

// withStored adds the stored row to a refusal, under the mutation's selection. That is a read, and is authorized as
// one.
func (x *execution) withStored(r Reader, mu *mutation, stored record.Value, refused *refusal) error {
	if x.server.rightsOf(x.call.Caller, mu.model, getAccess).cover(stored) {
		errs := len(x.errs)
		x.lenient = true // without a row, a client's handler could not decide
		row, err := x.projected(r, mu, stored, false)
		x.lenient = false
		if err != nil {
			return err
		}
		x.errs = x.errs[:errs] // drops errors of the selection: the conflict is what matters here
		refused.data = row
	}
	return refused
}
