package server

import (
	"errors"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// NeedDecision says that a request has stopped because a custom conflict function must be called (rule 13): a mutation
// of a model with strategy LAMBDA named another version than the stored one. Meanwhile the core holds no transaction
// and no lock. The host calls the function and continues with Resume. Until then everything before this mutation is
// committed, and nothing after it is begun. If the host gives up, that stays so, and a repeat of the same mutation ids
// is answered from what was committed.
type NeedDecision struct {
	Function string // the name in Options.Function or Options.Functions
	Model    string
	Field    string // the root field, such as updateTodo
	RecordID string
	Version  int64  // of the stored row in Event; the write is a compare-and-set on that row
	Round    int    // 1 at first, at most DecisionRoundsMax
	Event    []byte // AppSync's conflict event, as JSON

	seq int64 // of the stored row; unlike a version, it is not used again when the record is created anew
	x   *execution
}

// Error makes a need travel as an error through a transaction.
func (n *NeedDecision) Error() string {
	return "server: the conflict function of " + n.Model + " must be asked"
}

// Decision is the outcome of a call. Answer is the function's JSON:
//
//	{"action": "RESOLVE", "item": {...}}   of an update: item replaces the whole row
//	{"action": "REMOVE"}                   of a delete: it goes ahead
//	{"action": "REJECT"}                   ConflictUnhandled with the stored row
//
// Everything else, including an Err, is a ConflictError and changes nothing.
type Decision struct {
	Answer []byte
	Err    error // why there is no answer: a timeout, an exception, a missing function
}

var errResumedTwice = errors.New("server: a decision was given twice")

// Resume continues the request, once per NeedDecision. The caller stays the one that was recognized at first; call
// brings the clock and the deadline. The answer may need another decision: when the row has changed meanwhile, or for a
// later mutation of the request.
func (n *NeedDecision) Resume(call Call, d Decision) Answer {
	x := n.x
	if x == nil {
		return refused(errResumedTwice)
	}
	n.x = nil
	call.Caller = x.call.Caller
	x.call = call
	x.given = &given{seq: n.seq, decision: d}
	return x.answer(x.mutateAll())
}

// given is a decision about one stored row.
type given struct {
	seq      int64
	decision Decision
}

// decided carries out the conflict function's decision about the stored row. Without a decision, or when the row has
// changed since, it asks for one.
func (x *execution) decided(w Writer, mu *mutation, before Row) (record.Value, error) {
	stored := record.TrustString(before.Text)
	if x.given == nil || x.given.seq != before.Seq {
		if x.round == DecisionRoundsMax {
			return record.Value{}, x.withStored(w, mu, stored, &refusal{kind: appsync.MaxConflicts,
				message: "The record kept changing while its conflict function was asked; try again."})
		}
		x.round++
		return record.Value{}, x.needDecision(mu, before)
	}
	if err := x.given.decision.Err; err != nil {
		return record.Value{}, conflictError(mu, err.Error())
	}
	answer, err := record.Parse(x.given.decision.Answer)
	if err != nil {
		return record.Value{}, conflictError(mu, "the answer is not JSON: "+err.Error())
	}
	action := answer.Field("action")
	switch {
	case action.Str() == "REJECT":
		return record.Value{}, x.conflicted(w, mu, stored)
	case action.Str() == "REMOVE" && mu.operation == conflict.Delete:
		return x.write(w, mu, before, conflict.WithoutMeta(stored))
	case action.Str() == "RESOLVE" && mu.operation == conflict.Update:
		row, reason := x.resolvedRow(mu, stored, answer.Field("item"))
		if reason == "" && !mu.keepsRights(stored, row) {
			reason = "it gives the record to somebody else"
		}
		if reason != "" {
			return record.Value{}, conflictError(mu, reason)
		}
		return x.write(w, mu, before, row)
	}
	return record.Value{}, conflictError(mu, "the action of "+quoted(answer)+" is none for this "+string(mu.operation))
}

// conflictError tells the caller that the function failed; only the log says how.
func conflictError(mu *mutation, detail string) error {
	return &refusal{kind: appsync.ConflictError, outcome: "refused", detail: detail,
		message: "The conflict function of " + mu.model.Name + " gave no usable answer; nothing was written."}
}

// quoted is the action of an answer, for the log. The item of the answer is a record and is not logged.
func quoted(v record.Value) string {
	const most = 40
	text := v.Field("action").String()
	if len(text) > most {
		text = text[:most] + "..."
	}
	return text
}

// needDecision writes the event that AppSync gives to a conflict function.
func (x *execution) needDecision(mu *mutation, before Row) error {
	m := mu.model
	arguments := record.Builder{}
	wanted := x.server.eventItem(m, mu.field.arguments["input"])
	arguments.Set("input", wanted)
	arguments.Set("condition", orNull(mu.field.arguments["condition"]))
	var resolver, event record.Builder
	resolver.SetString("tableName", m.Name)
	resolver.SetString("awsRegion", "local")
	resolver.SetString("parentType", "Mutation")
	resolver.SetString("field", mu.field.name)
	event.Set("newItem", wanted)
	event.Set("existingItem", x.server.eventItem(m, record.TrustString(before.Text)))
	event.Set("arguments", arguments.Object())
	event.Set("resolver", resolver.Object())
	event.Set("identity", x.call.Caller.identity())
	return &NeedDecision{
		Function: x.server.options.functionOf(m.Name), Model: m.Name, Field: mu.field.name, RecordID: mu.recordID,
		Version: before.Version, Round: x.round, Event: event.Object().Text(), seq: before.Seq, x: x,
	}
}

func orNull(v record.Value) record.Value {
	if v.Exists() {
		return v
	}
	return record.NullValue()
}
