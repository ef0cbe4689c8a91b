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
	Expired  func() bool // tells that the deadline has passed; nil means that there is none
	// Context ends with the deadline, or when the caller leaves; nil means that it waits for its
	// turn as long as it takes. Requests of one Queue wait behind one another.
	Context context.Context
	Queue   string
}

// result of a request, as far as it has come.
type result struct {
	Response  appsync.Response
	Committed bool // something was written: subscribers have something to hear
	Trace     []Trace
}

// Trace tells what one root field did, for logs. It holds no record bodies.
type Trace struct {
	Field, Kind, Model string // Kind: get, list, sync, query, create, update, delete
	// Of reads: rows looked at and rows answered; of sync, whether it was a base run.
	Evaluated, Items int
	Base             bool
	// Of mutations. Outcome is applied, repeated, conflict or refused.
	RecordID, MutationID, Outcome string
	Version                       int64
	Error                         string // errorType of what went wrong, never with what was sent
}

// execution is one request under way.
type execution struct {
	server     *Server
	call       Call
	query      *ast.QueryDocument
	operation  *ast.OperationDefinition
	vars       map[string]record.Value
	extensions appsync.Extensions

	// Of a mutation: its root fields, those before next being done; how often the conflict function
	// of fields[next] was asked, and what it said last.
	fields []*selection
	ready  []*begun // beside fields
	next   int
	round  int
	given  *given
	need   *NeedDecision // not nil while a question is open

	data    record.Builder
	errs    []appsync.Error
	result  result
	bytes   int  // of what was answered so far
	nested  int  // rows that nested fields looked at
	rows    int  // rows that all fields read
	silent  bool // fields that the caller may not see are null without an error
	lenient bool // a null where none may be is written all the same: in the row of a conflict
	related map[relatedKey]record.Value
	laid    *layout // in the transaction under way, once it was needed
	// Objects of introspection that were written: types lead to one another without end.
	introspected int
	comparisons  int // of filters with rows
	// Arguments that the document has as literals, coerced, and their bytes.
	literals     map[*ast.Argument]record.Value
	literalBytes int
}

type relatedKey struct{ model, id string }

// execute answers one GraphQL request. The error is a *appsync.RequestError, when the request is
// not understood (HTTP 400), or a *StorageError, when the tables fail (HTTP 503): what was
// committed before stays, and a repeat of the same mutation ids is answered from it.
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

// invalid is the answer to what failed before any field ran: no data, errors without a path.
func (x *execution) invalid(errs ...appsync.Error) Answer {
	response := x.result.Response
	response.Data, response.Errors = record.NullValue(), errs
	return Answer{Status: 200, Body: response.Body(), Caller: x.call.Caller.logged()}
}

// answer is what the host gets: of a request that failed, that has a question, or that is done.
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

// run answers the root fields in order. Queries read one snapshot.
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

// executionTimeout is AppSync's errorType of a field that was not answered in time.
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

// refusal is a failure of one root field: it becomes null and an error with its path.
type refusal struct {
	kind, message string
	data          record.Value
	outcome       string // for the trace
	detail        string // for the log: what callers are not told
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

// fail makes a root field null and reports why.
func (x *execution) fail(f *selection, kind, message string) {
	x.data.SetNull(f.key)
	e := appsync.Error{Type: kind, Message: message, Path: []string{f.key}}
	if at := f.fields[0].Position; at != nil {
		e.Line, e.Column = at.Line, at.Column
	}
	x.add(e)
}

// add reports an error; what it takes counts as a part of the response.
func (x *execution) add(e appsync.Error) {
	e.Message = clipped(e.Message)
	x.bytes += errorBytes + len(e.Message)
	for _, part := range e.Path {
		x.bytes += len(part)
	}
	x.errs = append(x.errs, e)
}

// errorBytes is what an error takes beside its message and path.
const errorBytes = 120

func notAuthorized(field, parent string) error {
	return refuse(appsync.Unauthorized, "Not Authorized to access %s on type %s", field, parent)
}

// answered counts what the response holds so far; beyond ResponseBytesMax further fields fail.
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
