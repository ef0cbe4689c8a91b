// Package appsync is the wire format: GraphQL documents, the JSON of requests, pages, results and errors, and realtime
// frames, in both directions. It does no networking.
package appsync

// Error types of the protocol, the errorType of an Error.
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

// Error types of a request that is refused as a whole (HTTP 400).
const (
	MalformedHttpRequest = "MalformedHttpRequestException"
	BadRequestException  = "BadRequestException"
)
