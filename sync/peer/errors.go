package peer

import (
	"strings"

	"github.com/deltabase/deltabase/appsync"
)

// IsUnauthorized reports whether an error is about the caller, not about the request.
func IsUnauthorized(errorType string) bool {
	return errorType == appsync.Unauthorized || strings.HasSuffix(errorType, "UnauthorizedException") ||
		errorType == "NotAuthorizedException"
}

// RefusesCredentials reports errors about the credentials themselves, as opposed to what they
// allow: a fresh token may help.
func RefusesCredentials(errors []appsync.Error) (message string, yes bool) {
	for _, err := range errors {
		if err.Type != appsync.Unauthorized && IsUnauthorized(err.Type) {
			return err.Message, true
		}
	}
	return "", false
}

// IsThrottling reports whether errors ask for fewer requests.
func IsThrottling(errorType string) bool {
	return errorType == "TooManyRequestsException" || errorType == "LimitExceededError" ||
		strings.Contains(errorType, "Throttl")
}

// IsPassing reports whether errors are due to the moment more than to the mutation, so that a later attempt may
// succeed.
func IsPassing(err appsync.Error) bool {
	switch err.Type {
	case appsync.InternalFailure, appsync.MaxConflicts, "ExecutionTimeout":
		return true
	}
	return IsThrottling(err.Type)
}

// KindOf is the errorType under which the app gets an error of the server.
func KindOf(err appsync.Error) string {
	switch {
	case IsUnauthorized(err.Type):
		return "Unauthorized"
	case IsPassing(err):
		return "Transient"
	}
	return appsync.KindOfMessage(err.Message)
}

// ErrorText is the first error message of a response body, "" when there is none.
func ErrorText(body []byte) string {
	r, err := appsync.ParseResponse(body)
	if err != nil || len(r.Errors) == 0 {
		return ""
	}
	return r.Errors[0].Message
}
