package server

import (
	"errors"
	"maps"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// errApart asks for a transaction for each root field, because one of them was refused after it had written.
var errApart = errors.New("server: root fields need transactions of their own")

// mutateAll carries out the remaining root fields in order. They share one transaction, because each commit waits for
// the disk. A refused field has written nothing, so the fields still fail independently. When the tables fail, none of
// them was carried out. When a decision is needed, it commits what was done before and sets x.need.
func (x *execution) mutateAll() error {
	x.need = nil
	x.beginAll()
	before := *x
	anew := func() {
		*x = before
		x.result.Response.Mutations = maps.Clone(before.result.Response.Mutations)
	}
	err := x.server.tablesFor(x.call).Update(func(w Writer) error {
		anew() // it may run again
		for x.need == nil && x.next < len(x.fields) {
			if err := x.mutate(x.fields[x.next], w); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		x.committed()
		return nil
	}
	anew()
	if !errors.Is(err, errApart) {
		return err
	}
	for x.need == nil && x.next < len(x.fields) {
		if err := x.mutate(x.fields[x.next], nil); err != nil {
			return err
		}
		x.committed()
	}
	return nil
}

func (x *execution) committed() {
	for _, t := range x.result.Trace {
		x.result.Committed = x.result.Committed || t.Outcome == appsync.Applied
	}
}

// done moves on to the next root field, about which no function was called yet.
func (x *execution) done() error {
	x.next, x.round, x.given = x.next+1, 0, nil
	return nil
}

// mutate carries out one root field, in a transaction of its own when shared is nil. Only a failure of the tables ends
// the request.
func (x *execution) mutate(f *selection, shared Writer) error {
	if f.name == "__typename" {
		x.data.SetString(f.key, f.fields[0].ObjectDefinition.Name)
		return x.done()
	}
	if x.given == nil && x.expired() { // a decision that has come is always carried out
		if !x.result.Committed {
			return errLate // what this transaction did before is repeated with the rest
		}
		x.fail(f, executionTimeout, "Execution timed out.")
		return x.done()
	}
	x.laid = nil
	mu, err := x.begun(f)
	if err == nil {
		err = x.carryOut(mu, shared)
	}
	if errors.As(err, &x.need) {
		return nil
	}
	var refused *refusal
	if errors.As(err, &refused) {
		mu.trace.Error = refused.kind
		if mu.trace.Error == "" { // the message may quote the request
			mu.trace.Error = "invalid arguments"
		}
		if refused.detail != "" {
			mu.trace.Error += ": " + refused.detail
		}
		if refused.kind == appsync.ConflictUnhandled {
			mu.trace.Outcome = "conflict"
		}
		x.refuse(f, refused)
		err = nil
	}
	if err != nil {
		return err
	}
	x.result.Trace = append(x.result.Trace, mu.trace)
	return x.done()
}

// beginAll does everything that needs no stored rows before the transaction begins, because others wait for the
// transaction to end.
func (x *execution) beginAll() {
	if x.ready != nil {
		return
	}
	x.ready = make([]*begun, len(x.fields))
	for i := x.next; i < len(x.fields) && !x.expired(); i++ {
		if f := x.fields[i]; f.name != "__typename" {
			mu, err := x.begin(f)
			x.ready[i] = &begun{mu, err}
		}
	}
}

// begun is a mutation whose arguments were read and checked, or the reason why they were refused.
type begun struct {
	mu  *mutation
	err error
}

// begun takes the next mutation in the state before anything stored was read, because it may be tried again.
func (x *execution) begun(f *selection) (*mutation, error) {
	if one := x.ready[x.next]; one != nil {
		mu := *one.mu
		return &mu, one.err
	}
	return x.begin(f)
}

func (x *execution) begin(f *selection) (*mutation, error) {
	root := x.server.api.fields[f.name]
	mu := &mutation{model: root.model, operation: root.operation, field: f}
	mu.trace = Trace{Field: f.name, Kind: string(root.operation), Model: root.model.Name, Outcome: "refused"}
	mu.may = x.server.rightsOf(x.call.Caller, mu.model, mutationAccess[mu.operation])
	if mu.may.nothing() {
		return mu, notAuthorized(mu.field.name, "Mutation")
	}
	return mu, x.prepare(mu)
}

func (x *execution) carryOut(mu *mutation, shared Writer) error {
	if err := x.disturb(mu, shared); err != nil {
		return err
	}
	errs, bytes, fresh := len(x.errs), x.bytes, *mu
	var answer record.Value
	attempt := func(w Writer) (err error) {
		*mu, x.errs, x.bytes = fresh, x.errs[:errs], bytes // it may run again
		answer, err = x.attempt(w, mu)
		return err
	}
	err := error(nil)
	if shared == nil {
		err = x.server.tablesFor(x.call).Update(attempt)
	} else if err = attempt(shared); err != nil && mu.trace.Outcome == appsync.Applied {
		return errApart
	}
	if err != nil {
		x.errs, x.bytes = x.errs[:errs], bytes
		mu.trace.Outcome, mu.trace.Version = "refused", 0
		return err
	}
	if mu.id != "" {
		if x.result.Response.Mutations == nil {
			x.result.Response.Mutations = map[string]string{}
		}
		x.result.Response.Mutations[mu.field.key] = mu.trace.Outcome
	}
	x.data.Set(mu.field.key, answer)
	return nil
}
