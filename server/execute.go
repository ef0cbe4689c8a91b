package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// Call is what the host knows about a request.
type Call struct {
	Caller   Caller
	NowMs    int64       // the host's clock, ms since 1970
	ReadOnly bool        // the request came by GET: a mutation is refused
	Expired  func() bool // reports whether the deadline has passed; nil when there is none
	// Context ends with the deadline, or when the caller leaves. With nil the request waits for its turn without limit.
	// The requests of one Queue wait behind one another.
	Context context.Context
	Queue   string
}

// result is the answer to a request, as far as it is known.
type result struct {
	Response  appsync.Response
	Committed bool // something was written, so subscribers have something to hear
	Trace     []Trace
}

// Trace says what one root field did, for logs. It holds no record contents.
type Trace struct {
	Field, Kind, Model string // Kind: get, list, sync, query, create, update, delete
	// Of reads: how many rows were read and answered; of sync, also whether it was a base run.
	Evaluated, Items int
	Base             bool
	// Of mutations. Outcome is applied, repeated, conflict or refused.
	RecordID, MutationID, Outcome string
	Version                       int64
	Error                         string // errorType of the failure; it never quotes the request
}

// execution is one request under way.
type execution struct {
	server     *Server
	call       Call
	query      *ast.QueryDocument
	operation  *ast.OperationDefinition
	vars       map[string]record.Value
	extensions appsync.Extensions

	// Of a mutation: its root fields (those before next are done), how often the conflict function was called for
	// fields[next], and its last answer.
	fields []*selection
	ready  []*begun // parallel to fields
	next   int
	round  int
	given  *given
	need   *NeedDecision // set while the request waits for a decision

	data    record.Builder
	errs    []appsync.Error
	result  result
	bytes   int  // of the answer so far
	nested  int  // rows read for nested fields
	rows    int  // rows read for all fields
	silent  bool // fields that the caller may not see are null, without an error
	lenient bool // in the row of a conflict: a null is written even where the schema allows none
	related map[relatedKey]record.Value
	laid    *layout // of the transaction under way, once it was needed
	// Introspection objects that were written, because types refer to one another without end.
	introspected int
	comparisons  int // comparisons of filters with rows
	// Coerced arguments that are literals in the document, and their bytes.
	literals     map[*ast.Argument]record.Value
	literalBytes int
}

type relatedKey struct{ model, id string }

// execute answers one GraphQL request. The error is a *appsync.RequestError when the request can't be understood (HTTP
// 400), or a *StorageError when the tables fail (HTTP 503). What was committed before stays, and a repeat of the same
// mutation ids is answered from it.
func (s *Server) execute(call Call, request appsync.Request, operationName string) Answer {
	query, invalid, err := s.documents.get(request.Query, &work{expired: call.Expired})
	if err != nil {
		return refused(err)
	}
	x := &execution{server: s, call: call, query: query, extensions: request.Extensions,
		related: map[relatedKey]record.Value{}}
	x.result.Response.Deltabase = request.Extensions.Present
	if invalid != nil {
		return x.invalid(invalid...)
	}
	if x.operation, err = operationOf(query, operationName); err != nil {
		return refused(err)
	}
	if x.operation.Operation == ast.Mutation && call.ReadOnly {
		return refused(&appsync.RequestError{Type: MethodNotAllowed, Message: "Mutations are sent by POST."})
	}
	if x.operation.Operation == ast.Subscription {
		return x.invalid(appsync.Error{
			Type:    "OperationNotSupported",
			Message: "Subscriptions are served over the realtime endpoint, not by POST.",
		})
	}
	if x.vars, err = s.variables(x.operation, request.Variables); err != nil {
		return x.invalid(appsync.Error{Message: clipped(err.Error())})
	}
	x.fields, err = x.collect(x.operation.SelectionSet)
	var coercion *coerceError
	if errors.As(err, &coercion) {
		return x.invalid(appsync.Error{Message: clipped(coercion.message)})
	}
	if err == nil {
		err = x.run()
	}
	return x.answer(err)
}

// invalid answers a request that failed before any field ran: without data, and with errors without a path.
func (x *execution) invalid(errs ...appsync.Error) Answer {
	response := x.result.Response
	response.Data, response.Errors = record.NullValue(), errs
	return Answer{Status: 200, Body: response.Body(), Caller: x.call.Caller.logged()}
}

// answer is the host's answer for a request that has failed, waits for a decision, or is done.
func (x *execution) answer(err error) Answer {
	answer := Answer{Status: 200}
	switch {
	case err != nil:
		answer = refused(err)
	case x.need != nil:
		answer = refused(errNoFunctions)
		answer.Need, answer.Committed = x.need, x.result.Committed
		return answer
	default:
		x.result.Response.Data = x.data.Object()
		x.result.Response.Errors = x.errs
		answer.Body = x.result.Response.Body()
	}
	answer.Committed, answer.Trace, answer.Caller = x.result.Committed, x.result.Trace, x.call.Caller.logged()
	return answer
}

// run answers the root fields in order. All queries of a request read one snapshot.
func (x *execution) run() error {
	if x.operation.Operation == ast.Mutation {
		return x.mutateAll()
	}
	if err := x.touch(x.fields); err != nil {
		return err
	}
	return x.server.tablesBeside(x.call, x.heavy()).View(func(r Reader) error {
		r = &countedReader{r, x}
		for _, f := range x.fields {
			if err := x.read(r, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// executionTimeout is AppSync's errorType for a field that was not answered in time.
const executionTimeout = "ExecutionTimeout"

func (x *execution) expired() bool { return x.call.Expired != nil && x.call.Expired() }

// read answers one root field of a query.
func (x *execution) read(r Reader, f *selection) error {
	if f.name == "__typename" {
		x.data.SetString(f.key, f.fields[0].ObjectDefinition.Name)
		return nil
	}
	if x.expired() {
		x.fail(f, executionTimeout, "Execution timed out.")
		return nil
	}
	root, ok := x.server.api.fields[f.name]
	if !ok && !x.server.options.Introspection {
		x.fail(f, "", fmt.Sprintf("Validation error of type FieldUndefined: introspection is switched off @ '%s'", f.name))
		return nil
	}
	var err error
	switch {
	case !ok:
		err = x.introspect(f)
	case root.kind == getRoot:
		err = x.get(r, f, root)
	case root.kind == syncRoot:
		err = x.sync(r, f, root)
	default:
		err = x.list(r, f, root)
	}
	var refusal *refusal
	if errors.As(err, &refusal) {
		x.refuse(f, refusal)
		return nil
	}
	return err
}

// refusal is the failure of one root field, which becomes null and an error with its path.
type refusal struct {
	kind, message string
	data          record.Value
	outcome       string // for the trace
	detail        string // for the log: details that callers do not get
}

func (r *refusal) Error() string { return r.message }

func refuse(kind, format string, arguments ...any) error {
	return &refusal{kind: kind, message: fmt.Sprintf(format, arguments...), outcome: "refused"}
}

func (x *execution) refuse(f *selection, r *refusal) {
	x.fail(f, r.kind, r.message)
	x.errs[len(x.errs)-1].Data = r.data
	x.bytes += len(r.data.Text())
}

// fail makes a root field null and reports the reason.
func (x *execution) fail(f *selection, kind, message string) {
	x.data.SetNull(f.key)
	e := appsync.Error{Type: kind, Message: message, Path: []string{f.key}}
	if at := f.fields[0].Position; at != nil {
		e.Line, e.Column = at.Line, at.Column
	}
	x.add(e)
}

// add reports an error, and counts its size as part of the response.
func (x *execution) add(e appsync.Error) {
	e.Message = clipped(e.Message)
	x.bytes += errorBytes + len(e.Message)
	for _, part := range e.Path {
		x.bytes += len(part)
	}
	x.errs = append(x.errs, e)
}

// errorBytes is the size of an error besides its message and path.
const errorBytes = 120

func notAuthorized(field, parent string) error {
	return refuse(appsync.Unauthorized, "Not Authorized to access %s on type %s", field, parent)
}

// answered counts the bytes of the response so far. Beyond ResponseBytesMax further fields fail.
func (x *execution) answered(value record.Value) error {
	x.bytes += len(value.Text())
	if x.bytes > ResponseBytesMax {
		return tooLarge()
	}
	return nil
}

func tooLarge() error {
	return refuse("LimitExceededError", "The response is larger than %d bytes; ask for fewer fields or smaller pages.", ResponseBytesMax)
}
