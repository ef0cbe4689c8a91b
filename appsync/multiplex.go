package appsync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Our own server delivers all operations of many models over one subscription, so that a schema of hundreds of models
// does not need three subscriptions for each. connection_ack announces that. The start frame then lists documents
// instead of holding one, and start_ack says which of them the server refused. Events are data frames with the id of
// the start frame; their field name tells the model and the operation.

// Announcement is the part of connection_ack's payload that announces our server, beside connectionTimeoutMs.
func Announcement() record.Value { return record.TrustString(`{"deltabase":{"multiplex":true}}`) }

// Multiplexes reports whether a connection_ack announces multiplexed subscriptions.
func (f Frame) Multiplexes() bool {
	return f.Payload.Field("extensions").Field("deltabase").Field("multiplex").Bool()
}

// Listening is one model of a multiplexed subscription: the document of the first operation that the model offers. Its
// variables hold the filter for all operations.
type Listening struct {
	Model     string
	Query     string
	Variables record.Value
}

// ListeningTo makes the entry of a model, with one operation that the model offers.
func ListeningTo(s *schema.Schema, m *schema.Model, op conflict.Operation, filter record.Value) Listening {
	query, variables := subscriptionDocument(s, m, op, filter)
	return Listening{Model: m.Name, Query: query, Variables: variables}
}

// Value is the entry in the form that the frame has.
func (l Listening) Value() record.Value {
	var b record.Builder
	b.SetString("model", l.Model)
	b.SetString("query", l.Query)
	b.Set("variables", l.Variables)
	return b.Object()
}

// MultiplexFrame starts a multiplexed subscription. models are values of Listening.
func MultiplexFrame(id string, models []record.Value, authorization record.Value) Frame {
	var list record.ListBuilder
	for _, one := range models {
		list.Add(one)
	}
	var ours, extensions, payload record.Builder
	ours.Set("models", list.List())
	extensions.Set("authorization", objectOrEmpty(authorization))
	extensions.Set("deltabase", ours.Object())
	payload.Set("extensions", extensions.Object())
	return Frame{Type: TypeStart, ID: id, Payload: payload.Object()}
}

// IsMultiplex reports whether a start frame begins a multiplexed subscription.
func (f Frame) IsMultiplex() bool {
	return f.Payload.Field("extensions").Field("deltabase").Field("models").Exists()
}

// ParseMultiplex reads the models of a multiplexed start frame. The error is a *FrameError.
func ParseMultiplex(f Frame) (models []Listening, authorization record.Value, err error) {
	extensions := f.Payload.Field("extensions")
	authorization = objectOrEmpty(extensions.Field("authorization"))
	list := extensions.Field("deltabase").Field("models")
	if authorization.Kind() != record.Object {
		return nil, record.Value{}, &FrameError{"payload.extensions.authorization is no object"}
	}
	if list.Kind() != record.List {
		return nil, record.Value{}, &FrameError{"payload.extensions.deltabase.models is no list"}
	}
	list.Elements(func(_ int, v record.Value) bool {
		one := Listening{Model: v.Field("model").Str(), Query: v.Field("query").Str(), Variables: objectOrEmpty(v.Field("variables"))}
		if one.Model == "" || one.Query == "" || one.Variables.Kind() != record.Object {
			err = &FrameError{"each of payload.extensions.deltabase.models has a \"model\", a \"query\" and \"variables\""}
			return false
		}
		models = append(models, one)
		return true
	})
	if err != nil {
		return nil, record.Value{}, err
	}
	return models, authorization, nil
}

// RefusedModel is a model of a multiplexed subscription whose events the server does not deliver.
type RefusedModel struct {
	Model  string
	Errors []Error
}

// MultiplexAck is the start_ack of a multiplexed subscription.
func MultiplexAck(id string, refused []RefusedModel) Frame {
	f := Frame{Type: TypeStartAck, ID: id}
	if len(refused) == 0 {
		return f
	}
	var list record.ListBuilder
	for _, r := range refused {
		var b record.Builder
		b.SetString("model", r.Model)
		b.Set("errors", ErrorPayload(r.Errors...).Field("errors"))
		list.Add(b.Object())
	}
	var payload record.Builder
	payload.Set("refused", list.List())
	f.Payload = payload.Object()
	return f
}

// RefusedIn reads which models a start_ack refuses.
func (f Frame) RefusedIn() map[string][]Error {
	refused := map[string][]Error{}
	f.Payload.Field("refused").Elements(func(_ int, v record.Value) bool {
		refused[v.Field("model").Str()] = parseErrors(v.Field("errors"))
		return true
	})
	return refused
}

// ResyncModelFrame is the ResyncFrame of a multiplexed subscription.
func ResyncModelFrame(id, model string) Frame {
	var ours, extensions, payload record.Builder
	ours.SetBool("resync", true)
	ours.SetString("model", model)
	extensions.Set("deltabase", ours.Object())
	payload.SetNull("data")
	payload.Set("extensions", extensions.Object())
	return Frame{Type: TypeData, ID: id, Payload: payload.Object()}
}

// ResyncModel is the model that a resync notice of a multiplexed subscription is about.
func (f Frame) ResyncModel() string {
	return f.Payload.Field("extensions").Field("deltabase").Field("model").Str()
}
