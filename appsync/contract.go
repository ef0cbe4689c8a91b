// Package appsync is the wire: GraphQL documents, the JSON of requests, pages, results and
// errors, and realtime frames, in both directions. No network in here.
package appsync

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// CONTRACT (to be implemented in small files; this file goes away).

// --- names ---

func GetField(m *schema.Model) string                                 { panic("unwritten") } // getPost
func ListField(m *schema.Model) string                                { panic("unwritten") } // listPosts
func SyncField(m *schema.Model) string                                { panic("unwritten") } // syncPosts
func MutationField(m *schema.Model, op conflict.Operation) string     { panic("unwritten") } // createPost
func SubscriptionField(m *schema.Model, op conflict.Operation) string { panic("unwritten") } // onCreatePost
func InputType(m *schema.Model, op conflict.Operation) string         { panic("unwritten") } // CreatePostInput

// Selection is the selection set that a client asks of a model (protocol section 3.4): stored
// fields, embedded types recursively, metadata. Braces included.
func Selection(s *schema.Schema, m *schema.Model) string { panic("unwritten") }

// --- requests (client) ---

// Request is the JSON body of a POST.
type Request struct {
	Query      string
	Variables  record.Value
	Extensions Extensions
}

// Extensions is extensions.deltabase of a request: mutation ids (rule 2) and cursors (rule 7) by
// response key (alias). Body leaves it out when it is empty.
type Extensions struct {
	Mutations map[string]string
	Cursors   map[string]string // "" asks for a base run that ends with a cursor
}

func (r Request) Body() []byte { panic("unwritten") }

// ParseRequest reads a body on the server. Errors are *RequestError.
func ParseRequest(body []byte) (Request, string, error) { panic("unwritten") } // with operationName

type RequestError struct{ Type, Message string } // MalformedHttpRequestException, ...

func (e *RequestError) Error() string { panic("unwritten") }

// Mutation is one mutation to send.
type Mutation struct {
	ID        string // mutation id, sent in the extensions
	Model     *schema.Model
	Operation conflict.Operation
	Input     record.Value // key fields and changed fields, _version included where there is one
	Condition record.Value // filter input; Missing for none
}

// MutationRequest writes one document for the mutations in order, aliased m0, m1, ... (a single
// one has no alias: its response key is the field name, as Amplify sends it).
func MutationRequest(s *schema.Schema, mutations []Mutation) (Request, []string) { panic("unwritten") } // and the response keys

// SyncArguments of one page.
type SyncArguments struct {
	Limit     int
	NextToken string // "" on the first page
	LastSync  int64  // ms; 0 asks for a base run
	Filter    record.Value
	Cursor    string // sent when UseCursor
	UseCursor bool
}

func SyncRequest(s *schema.Schema, m *schema.Model, a SyncArguments) Request { panic("unwritten") }
func GetRequest(s *schema.Schema, m *schema.Model, key record.Value) Request { panic("unwritten") }

// --- responses ---

// Error is one GraphQL error of a response.
type Error struct {
	Type    string // errorType, "" for validation errors
	Message string
	Path    []string // indexes as decimal text; nil when the path is null
	Data    record.Value
	Info    record.Value
}

// Response is what a POST answered.
type Response struct {
	Data      record.Value // an object or null
	Errors    []Error
	Deltabase bool              // the server announced extensions.deltabase
	Mutations map[string]string // response key -> "applied" | "repeated"
	Cursors   map[string]CursorReply
}

// CursorReply belongs to one sync field of a response.
type CursorReply struct {
	Cursor string   // where the next delta begins; "" until the last page
	Base   bool     // this run is a base run
	Left   []string // record ids that changed and no longer match the filter
}

func ParseResponse(body []byte) (Response, error) { panic("unwritten") }
func (r Response) Body() []byte                   { panic("unwritten") } // the server's direction

// Page is a sync page.
type Page struct {
	Items     []record.Value // null items removed; NullItems counts them
	NullItems int
	NextToken string // "" at the end (null or absent)
	StartedAt int64
}

// PageOf reads data[key] of a sync response; ok is false when it is null.
func PageOf(r Response, key string) (Page, bool) { panic("unwritten") }

// ErrorsOf returns the errors whose path begins with key.
func (r Response) ErrorsOf(key string) []Error { panic("unwritten") }

// Error types of the protocol.
const (
	ConflictUnhandled      = "ConflictUnhandled"
	ConditionalCheckFailed = "ConditionalCheckFailedException"
	Unauthorized           = "Unauthorized"
	UnauthorizedException  = "UnauthorizedException"
	ConflictError          = "ConflictError"
	MaxConflicts           = "MaxConflicts"
	BadRequest             = "BadRequest"
	UnrecognizedFilter     = "Unrecognized Filter"
	InternalFailure        = "InternalFailure"
)

// --- realtime (both directions) ---

// RealtimeURL makes the WebSocket address of an endpoint (section 5.1): AppSync's host form, else
// "/realtime" appended to the path; ws for http, wss for https.
func RealtimeURL(endpoint string) string { panic("unwritten") }

// Protocols are the WebSocket subprotocols: "graphql-ws" and "header-<base64url JSON>".
func Protocols(authorization record.Value) []string { panic("unwritten") }

// ParseProtocol reads the authorization object back (server).
func ParseProtocol(entry string) (record.Value, error) { panic("unwritten") }

// Frame is a realtime message in either direction; unused fields are zero.
type Frame struct {
	Type    string // connection_init, connection_ack, ka, connection_error, start, start_ack, data, error, stop, complete
	ID      string
	Payload record.Value
}

func ParseFrame(text []byte) (Frame, error) { panic("unwritten") }
func (f Frame) Text() []byte                { panic("unwritten") }

// StartFrame subscribes: payload.data is a JSON string of {query, variables}, extensions hold the
// authorization and, for our server, deltabase.
func StartFrame(s *schema.Schema, m *schema.Model, op conflict.Operation, id string, filter, authorization record.Value) Frame {
	panic("unwritten")
}

// ParseStart reads a start frame's document, variables and authorization (server).
func ParseStart(f Frame) (query string, variables, authorization record.Value, err error) {
	panic("unwritten")
}

// ErrorsIn reads payload.errors, an array or a single object.
func (f Frame) ErrorsIn() []Error { panic("unwritten") }
