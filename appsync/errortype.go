package appsync

import "strings"

// KindOfMessage is the errorType of a server's error, recognized by the same texts as in Amplify. An error about a
// document that the API does not understand is about the model: app and API were made from different schemas.
func KindOfMessage(message string) string {
	_, variable, coerced := strings.Cut(message, "Variable '")
	switch {
	case strings.HasPrefix(message, "Cannot return ") && strings.Contains(message, " type"),
		coerced && strings.Contains(variable, "' has coerced Null value for NonNull type"):
		return "BadRecord"
	case strings.HasPrefix(message, "Connection failed: Connection Timeout"):
		return "Transient"
	case message == "Unauthorized":
		return "Unauthorized"
	case IsMismatch(message):
		return "BadModel"
	}
	return "Unknown"
}

// IsMismatch reports whether an error says that the API does not understand a document. Nothing of it was carried out.
func IsMismatch(message string) bool { return strings.HasPrefix(message, "Validation error of type ") }
