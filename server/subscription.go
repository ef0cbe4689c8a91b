package server

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// subscription follows the log for one model and operation. It keeps what it needs to make events, and nothing of the
// frame and the document that it was read from.
type subscription struct {
	connection *connected
	id         string // chosen by the client
	topic      topic
	from       int64 // events with a greater position are delivered
	filter     *query.Predicate
	stored     bool // the filter names an owner in the stored form
	caller     Caller
	may        rights
	seen       sight
	ours       bool              // a client of ours, which understands ResyncFrame
	started    [sha256.Size]byte // digest of the start frame, to recognise its repeat
	bytes      int               // about how much memory it keeps

	multiplexed bool                   // it shares its id with others
	members     []*subscription        // of the one that stands for a multiplexed subscription
	models      int                    // the number of models of its members
	refused     []appsync.RefusedModel // reported by start_ack

	key    string // of its root field
	x      *execution
	shape  *shape
	shared string // digest of the documents; subscriptions with the same one get the same row; "" for none
}

// start answers a start frame. The subscription is live when start returns its start_ack: whatever commits afterwards
// has a greater position.
func (h *Hub) start(c *connected, m *Message) []Out {
	if before := c.subscriptions[m.id]; before != nil {
		// amplify-js may reuse a live id while it reconnects.
		if before.started == m.digest {
			return []Out{c.send(appsync.Frame{Type: appsync.TypeStartAck, ID: m.id})}
		}
		h.drop(before)
		delete(c.subscriptions, m.id)
		return []Out{c.send(appsync.ErrorFrame(m.id, appsync.Error{Type: "BadRequestException",
			Message: "The id is in use by another subscription of this connection; both have ended.", Code: 400}))}
	}
	errs := m.errs
	switch {
	case errs != nil:
	case m.start == nil: // it was read before connection_init was answered
		errs = []appsync.Error{unsupported()}
	case len(c.subscriptions) >= SubscriptionsPerSocketMax:
		errs = []appsync.Error{{Type: "MaxSubscriptionsReachedError", Message: maxSubscriptions}}
	case c.models()+m.start.models > ModelsPerSocketMax:
		errs = []appsync.Error{{Type: "MaxSubscriptionsReachedError", Message: maxModels}}
	case h.bytesOf(c)+m.start.bytes > SubscriptionBytesMax:
		errs = []appsync.Error{{Type: "MaxSubscriptionsReachedError", Message: maxSubscriptionBytes}}
	}
	for i := range errs {
		errs[i].Message = clipped(errs[i].Message)
	}
	if errs != nil {
		return []Out{c.send(appsync.ErrorFrame(m.id, errs...))}
	}
	h.goLive(c, m)
	refused := m.start.refused
	m.start.refused = nil
	return []Out{c.send(appsync.MultiplexAck(m.id, refused))}
}

// bytesOf is the memory that the subscriptions of a connection keep; for a signed-in user, those of all the user's
// connections.
func (h *Hub) bytesOf(c *connected) int {
	if c.user == "" {
		return c.bytes
	}
	sum := 0
	for _, other := range h.connections {
		if other.user == c.user {
			sum += other.bytes
		}
	}
	return sum
}

// prepare checks a start frame: credentials, document, variables, filter. It reads the end of the log, where the
// subscription begins, so that everything committed after start_ack is delivered.
func (s *Server) prepare(call Call, f appsync.Frame) (*subscription, []appsync.Error) {
	if f.ID == "" {
		return nil, []appsync.Error{{Type: "BadRequestException", Message: "A start message needs an id.", Code: 400}}
	}
	if f.IsMultiplex() {
		return s.prepareMultiplexed(call, f)
	}
	text, variables, authorization, err := appsync.ParseStart(f)
	if err != nil {
		return nil, []appsync.Error{{Type: "BadRequestException", Message: err.Error(), Code: 400}}
	}
	if call.Caller, err = s.Authenticate(CredentialsOf(authorization), call.NowMs); err != nil {
		return nil, startErrors(err)
	}
	sub, errs := s.listening(call, text, variables)
	if errs != nil {
		return nil, errs
	}
	sub.ours = f.FromDeltabase()
	return sub, s.atEnd(call, sub)
}

// listening finds the models and operations that a document subscribes to.
func (s *Server) listening(call Call, text string, variables record.Value) (*subscription, []appsync.Error) {
	document, invalid, err := s.documents.get(text, &work{expired: call.Expired})
	if err != nil {
		return nil, startErrors(err)
	}
	if invalid != nil {
		return nil, invalid
	}
	operation, err := operationOf(document, "")
	if err != nil {
		return nil, startErrors(err)
	}
	if operation.Operation != ast.Subscription {
		return nil, []appsync.Error{unsupported()}
	}
	x := &execution{server: s, call: call, operation: operation}
	if x.vars, err = s.variables(operation, variables); err != nil {
		return nil, startErrors(err)
	}
	sub := &subscription{caller: call.Caller, x: x}
	field, errs := sub.compile()
	if errs != nil {
		return nil, errs
	}
	if call.Caller.Identity == nil && !usesVariables(field) { // nested rows depend on the caller
		digest := sha256.Sum256([]byte(text))
		sub.shared = string(digest[:])
	}
	sub.bytes += subscriptionBytes + sub.shape.bytes()
	sub.x = &execution{server: s, call: Call{Caller: call.Caller, NowMs: call.NowMs}, silent: x.silent}
	return sub, nil
}

// atEnd makes a subscription begin at the end of the log.
func (s *Server) atEnd(call Call, sub *subscription) []appsync.Error {
	err := s.tablesFor(call).View(func(r Reader) error {
		p, err := r.Position()
		sub.from = p.Seq
		return err
	})
	if err != nil {
		return []appsync.Error{{Type: appsync.InternalFailure, Message: "The server cannot read its database now; try again later."}}
	}
	return nil
}

// About how much memory a subscription and a field of its shape take.
const (
	subscriptionBytes = 1_000
	shapeFieldBytes   = 250
)

// bytes is about how much memory a shape takes.
func (sh *shape) bytes() int {
	if sh == nil {
		return 0
	}
	sum := len(sh.fields) * shapeFieldBytes
	for i := range sh.fields {
		f := &sh.fields[i]
		sum += 2*len(f.key) + f.sub.bytes()
		if f.nested == nil {
			continue
		}
		if sum += 2 * len(f.nested.arguments.filter.Text()); f.nested.connection != nil {
			for _, one := range f.nested.connection.fields {
				sum += shapeFieldBytes + len(one.key) + one.items.bytes()
			}
		}
	}
	return sum
}

var (
	maxSubscriptions     = fmt.Sprintf("Max number of %d subscriptions reached", SubscriptionsPerSocketMax)
	maxSubscriptionBytes = fmt.Sprintf("The subscriptions of a connection, or of a user, keep at most %d bytes; select fewer fields or stop some first.", SubscriptionBytesMax)
)

// startErrors converts a failure to the errors of an error frame.
func startErrors(err error) []appsync.Error {
	var request *appsync.RequestError
	if errors.As(err, &request) {
		code := 400
		if request.Type == appsync.UnauthorizedException {
			code = 401
		}
		return []appsync.Error{{Type: request.Type, Message: request.Message, Code: code}}
	}
	var refused *refusal
	if errors.As(err, &refused) {
		return []appsync.Error{{Type: refused.kind, Message: refused.message}}
	}
	return []appsync.Error{{Message: err.Error()}}
}

// compile reads the root field: it authorizes the subscription, parses its filter and compiles the shape of its events.
func (s *subscription) compile() (*selection, []appsync.Error) {
	x := s.x
	fields, err := x.collect(x.operation.SelectionSet)
	if err != nil {
		return nil, startErrors(err)
	}
	root, ok := rootField{}, false
	if len(fields) == 1 {
		root, ok = x.server.api.fields[fields[0].name]
	}
	if !ok || root.kind != subscriptionRoot {
		return nil, []appsync.Error{unsupported()}
	}
	field := fields[0]
	s.key, s.topic = strings.Clone(field.key), topic{root.model.Name, root.operation}
	if err := s.authorize(root, field); err != nil {
		return nil, startErrors(err)
	}
	filter := field.arguments["filter"]
	s.stored = namesStoredOwner(filter)
	if s.filter, err = query.Parse(root.model, filter, query.Subscription); err == nil {
		err = query.CheckSubscription(s.filter)
	}
	if err != nil { // without a type, because clients look for the text
		return nil, []appsync.Error{{Message: err.Error(), Code: 400}}
	}
	s.bytes += 2 * len(filter.Text())
	below, err := x.below(field)
	if err == nil {
		s.shape, err = x.compile(root.model.Name, listenAccess, below)
	}
	if err != nil {
		return nil, startErrors(err)
	}
	return field, nil
}

// authorize decides which rows the caller may hear of. An owner argument must name the caller, and restricts the events
// to the rows of that owner.
func (s *subscription) authorize(root rootField, field *selection) error {
	refused := notAuthorized(field.name, "Subscription")
	s.may = s.x.server.rightsOf(s.caller, root.model, listenAccess)
	s.seen = s.x.server.sightOf(s.caller, root.model, listenAccess)
	s.x.silent = true
	if s.may.nothing() {
		return refused
	}
	for _, name := range ownerArguments(root.model) {
		value := field.arguments[name]
		if value.Str() == "" {
			continue
		}
		asked := role{field: name, asked: asks(value.Str())}
		switch {
		case s.may.all && s.seen.on(name) != nil: // the owner is hidden in some rows
			return refused
		case !s.may.all:
			own := slices.IndexFunc(s.may.roles, func(o role) bool { return o.field == name && o.named(value) })
			if own < 0 {
				return refused
			}
			asked = s.may.roles[own]
		}
		s.may = rights{roles: []role{asked}}
	}
	return nil
}

// ownerArguments are the owner fields that a model's subscriptions take as arguments: those with a single owner.
func ownerArguments(m *schema.Model) []string {
	var names []string
	for i := range m.Auth {
		name := m.Auth[i].OwnerField
		if m.Auth[i].Allow != "owner" || slices.Contains(names, name) {
			continue
		}
		if f := m.Field(name); f != nil && !f.Array {
			names = append(names, name)
		}
	}
	return names
}

// goLive adds a prepared subscription to those that get events.
func (h *Hub) goLive(c *connected, m *Message) {
	s := m.start
	s.connection, s.id, s.started = c, m.id, m.digest
	c.speaksFor(s.caller)
	if h.count == 0 {
		h.published = s.from // there was no subscription, so the log up to here is for nobody
	}
	c.subscriptions[s.id] = s
	c.bytes += s.bytes
	if s.members == nil && !s.multiplexed {
		h.listen(s)
	}
	for _, member := range s.members {
		member.connection, member.id, member.from = c, s.id, s.from
		h.listen(member)
	}
}

// deliver makes the events of one log entry. It sends the whole row, not only what the mutation selected: a superset of
// AppSync's event.
func (h *Hub) deliver(r Reader, e Entry) ([]Out, error) {
	var out []Out
	row := record.TrustString(e.Text)
	m := h.server.schema.Model(e.Model)
	shared := map[string]appsync.Response{}
	for _, s := range h.topics[topic{e.Model, e.Operation}] {
		if e.Seq <= s.from || !s.may.cover(row) || !h.server.match(m, s.filter, s.seen.of(row), s.stored) {
			continue
		}
		payload, known := shared[s.shared]
		if !known || s.shared == "" {
			var err error
			if payload, err = s.project(r, row); err != nil {
				return nil, err
			}
			shared[s.shared] = payload
		}
		frame := appsync.Frame{Type: appsync.TypeData, ID: s.id, Payload: record.Trust(payload.Body())}
		if len(frame.Payload.Text()) > EventBytesMax {
			if !s.ours {
				continue // the next delta brings it, as with AppSync
			}
			frame = appsync.ResyncFrame(s.id)
			if s.multiplexed {
				frame = appsync.ResyncModelFrame(s.id, e.Model)
			}
		}
		out = append(out, s.connection.send(frame))
	}
	return out, nil
}

func (s *subscription) project(r Reader, row record.Value) (appsync.Response, error) {
	x := s.x
	x.errs, x.bytes, x.nested, x.related, x.laid = nil, 0, 0, map[relatedKey]record.Value{}, nil
	text, ok, err := x.project(r, nil, s.shape, row, []string{s.key})
	var refused *refusal
	if errors.As(err, &refused) {
		x.errs = append(x.errs, appsync.Error{Type: refused.kind, Message: refused.message, Path: []string{s.key}})
	} else if err != nil {
		return appsync.Response{}, err
	}
	var data record.Builder
	if ok {
		data.Set(s.key, record.Trust(text))
	} else {
		data.SetNull(s.key)
	}
	return appsync.Response{Data: data.Object(), Errors: x.errs}, nil
}
