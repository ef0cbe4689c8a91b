package server

import (
	"errors"

	"github.com/deltabase/deltabase/appsync"
)

// Answer is what a host sends back for a POST.
type Answer struct {
	Status    int
	ErrorType string // for the header x-amzn-ErrorType; "" when the status is 200
	Body      []byte
	Committed bool // something was written, so Hub.Publish has work
	Trace     []Trace
	// Caller identifies the caller for the log: "apiKey", or a hash of issuer and subject; "" for nobody.
	Caller  string
	Failure error // failure of the tables, for the log
	// Need, when not nil, says that there is no answer yet: the host calls a conflict function and continues with
	// Need.Resume. The other fields hold what a host without functions would send.
	Need *NeedDecision
}

// Handle answers one POST body: it parses it, recognizes the caller and executes the request.
func (s *Server) Handle(call Call, credentials Credentials, body []byte) Answer {
	caller, err := s.Authenticate(credentials, call.NowMs)
	if err != nil {
		return refused(err)
	}
	if len(body) > BodyBytesMax {
		return refused(badRequest("The body has %d bytes; at most %d are accepted.", len(body), BodyBytesMax))
	}
	request, operationName, err := appsync.ParseRequest(body)
	if err != nil {
		return refused(err)
	}
	known, err := s.persisted.complete(&request)
	if err != nil {
		return refused(err)
	}
	if !known {
		return Answer{Status: 200, Body: []byte(persistedNotFound)}
	}
	call.Caller = caller
	return s.execute(call, request, operationName)
}

// MethodNotAllowed is the error type of a mutation that came by GET.
const MethodNotAllowed = "MethodNotAllowedException"

// errLate is the answer to a request that could not begin before its deadline. Nothing was changed. Every client
// repeats a request that got a 503, while many take the error of one field as final.
var errLate = errors.New("the server could not begin in time; nothing was changed: try again")

var errNoFunctions = errors.New("server: this host runs no conflict functions")

// refused answers a request as a whole. A failure of the tables is a 503: clients keep the request and repeat it, and
// mutations that were committed before are answered by their ids.
func refused(err error) Answer {
	var request *appsync.RequestError
	if errors.As(err, &request) {
		status := 400
		switch request.Type {
		case appsync.UnauthorizedException:
			status = 401
		case MethodNotAllowed:
			status = 405
		}
		return Answer{Status: status, ErrorType: request.Type, Body: appsync.ErrorBody(request.Type, clipped(request.Message))}
	}
	if errors.Is(err, errLate) {
		return Answer{Status: 503, ErrorType: "ServiceUnavailableException",
			Body: appsync.RetryBody("ServiceUnavailableException", "The server could not begin in time; nothing was changed. Try again.")}
	}
	message := "The server failed; try again."
	var storage *StorageError
	if errors.As(err, &storage) {
		message = "The server cannot use its database now (" + storage.Code + "); try again later."
	}
	return Answer{Status: 503, ErrorType: "ServiceUnavailableException", Failure: err,
		Body: appsync.RetryBody("ServiceUnavailableException", message)}
}
