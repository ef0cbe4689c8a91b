package appsync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Frame is a realtime message in either direction; unused fields are zero.
type Frame struct {
	Type    string // one of the types below
	ID      string
	Payload record.Value
}

// Types of frames.
const (
	TypeConnectionInit  = "connection_init"
	TypeConnectionAck   = "connection_ack"
	TypeConnectionError = "connection_error"
	TypeKeepAlive       = "ka"
	TypeStart           = "start"
	TypeStartAck        = "start_ack"
	TypeData            = "data"
	TypeError           = "error"
	TypeStop            = "stop"
	TypeComplete        = "complete"
)

// FrameError is the error of a message that is not a frame of the protocol.
type FrameError struct{ Reason string }

func (e *FrameError) Error() string { return "not a realtime message: " + e.Reason }

// ParseFrame reads a message. The error is a *FrameError.
func ParseFrame(text []byte) (Frame, error) {
	v, err := record.Parse(text)
	if err != nil {
		return Frame{}, &FrameError{err.Error()}
	}
	kind, id := v.Field("type"), v.Field("id")
	if v.Kind() != record.Object || kind.Kind() != record.String {
		return Frame{}, &FrameError{"it is no object with a \"type\""}
	}
	if !id.IsNull() && id.Kind() != record.String {
		return Frame{}, &FrameError{"\"id\" is not a string"}
	}
	return Frame{Type: kind.Str(), ID: id.Str(), Payload: v.Field("payload")}, nil
}

// Text writes the frame.
func (f Frame) Text() []byte {
	var b record.Builder
	if f.ID != "" {
		b.SetString("id", f.ID)
	}
	b.SetString("type", f.Type)
	b.Set("payload", f.Payload)
	return b.Object().Text()
}

// StartFrame subscribes. payload.data is a JSON string of {query, variables}; extensions hold the authorization, and
// tell our own server that this client is ours.
func StartFrame(s *schema.Schema, m *schema.Model, op conflict.Operation, id string, filter, authorization record.Value) Frame {
	query, variables := subscriptionDocument(s, m, op, filter)
	var data, extensions, payload record.Builder
	data.SetString("query", query)
	data.Set("variables", variables)
	extensions.Set("authorization", objectOrEmpty(authorization))
	extensions.Set("deltabase", record.TrustString("{}"))
	payload.SetString("data", string(data.Object().Text()))
	payload.Set("extensions", extensions.Object())
	return Frame{Type: TypeStart, ID: id, Payload: payload.Object()}
}

func subscriptionDocument(s *schema.Schema, m *schema.Model, op conflict.Operation, filter record.Value) (query string, variables record.Value) {
	field := SubscriptionField(m, op)
	if filter.IsNull() {
		return "subscription operation{" + field + Selection(s, m) + "}", record.TrustString("{}")
	}
	var b record.Builder
	b.Set("filter", filter)
	return "subscription operation($filter: " + SubscriptionFilterType(m) + "){" + field + "(filter: $filter)" +
		Selection(s, m) + "}", b.Object()
}

// ParseStart reads the document, variables and authorization of a start frame. payload.data may be an object instead of
// a string. Missing variables and authorization become empty objects. The error is a *FrameError.
func ParseStart(f Frame) (query string, variables, authorization record.Value, err error) {
	data := f.Payload.Field("data")
	if data.Kind() == record.String {
		if data, err = record.Parse([]byte(data.Str())); err != nil {
			return "", variables, authorization, &FrameError{"payload.data: " + err.Error()}
		}
	}
	document := data.Field("query")
	variables = objectOrEmpty(data.Field("variables"))
	authorization = objectOrEmpty(f.Payload.Field("extensions").Field("authorization"))
	switch {
	case document.Kind() != record.String || document.Str() == "":
		err = &FrameError{"payload.data has no \"query\""}
	case variables.Kind() != record.Object:
		err = &FrameError{"\"variables\" is neither an object nor null"}
	case authorization.Kind() != record.Object:
		err = &FrameError{"payload.extensions.authorization is no object"}
	}
	if err != nil {
		return "", record.Value{}, record.Value{}, err
	}
	return document.Str(), variables, authorization, nil
}

// Authorization is the credentials of a start frame, plain or multiplexed, even if the rest of the frame is wrong.
func (f Frame) Authorization() record.Value {
	return objectOrEmpty(f.Payload.Field("extensions").Field("authorization"))
}

// FromDeltabase reports whether a start frame comes from our own client, which understands ResyncFrame.
func (f Frame) FromDeltabase() bool {
	return f.Payload.Field("extensions").Field("deltabase").Kind() == record.Object
}

// ErrorsIn reads payload.errors, an array or a single object.
func (f Frame) ErrorsIn() []Error { return parseErrors(f.Payload.Field("errors")) }

// ErrorPayload is the payload of error and connection_error frames, and the body of an answer without data:
// {"errors":[{errorType, message, errorCode}]}. It leaves out a type or code that is not set. It has no spaces, because
// clients look for the text `"errorType":"Unauthorized"`.
func ErrorPayload(errs ...Error) record.Value {
	var list record.ListBuilder
	for _, e := range errs {
		var b record.Builder
		if e.Type != "" {
			b.SetString("errorType", e.Type)
		}
		b.SetString("message", e.Message)
		if e.Code != 0 {
			b.SetInt("errorCode", int64(e.Code))
		}
		list.Add(b.Object())
	}
	var payload record.Builder
	payload.Set("errors", list.List())
	return payload.Object()
}

// ErrorFrame says that a subscription failed. A frame without an id is about the message that it answers.
func ErrorFrame(id string, errs ...Error) Frame {
	return Frame{Type: TypeError, ID: id, Payload: ErrorPayload(errs...)}
}

// DataFrame delivers a row of a subscription: {"data":{field: row}}.
func DataFrame(id, field string, row record.Value) Frame {
	var data, payload record.Builder
	data.Set(field, row)
	payload.Set("data", data.Object())
	return Frame{Type: TypeData, ID: id, Payload: payload.Object()}
}

// ResyncFrame replaces an event that is too large to send. Our client then asks for a delta. Other clients ignore it,
// because to them it is a data frame without data.
func ResyncFrame(id string) Frame {
	return Frame{Type: TypeData, ID: id,
		Payload: record.TrustString(`{"data":null,"extensions":{"deltabase":{"resync":true}}}`)}
}

// IsResync reports whether a frame is a ResyncFrame.
func (f Frame) IsResync() bool {
	return f.Type == TypeData && f.Payload.Field("extensions").Field("deltabase").Field("resync").Bool()
}
