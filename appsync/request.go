package appsync

import (
	"sort"

	"github.com/deltabase/deltabase/record"
)

// Request is the JSON body of a POST.
type Request struct {
	Query string
	// Hash is extensions.persistedQuery.sha256Hash, "" when there is none. It is the document's SHA-256 in hexadecimal,
	// sent with the document or instead of it. Body does not write it.
	Hash       string
	Variables  record.Value // an object; Missing is written as {}
	Extensions Extensions
}

// Extensions is extensions.deltabase of a request, by response key (alias): mutation ids (rule 2), cursors (rule 7),
// and the response keys of strict updates (rule 3).
type Extensions struct {
	// Present says that the client announced itself, even by an empty object. Only then does our server announce itself
	// in the response. The other fields imply it.
	Present   bool
	Mutations map[string]string
	Cursors   map[string]string // "" asks for a base run that ends with a cursor
	// Strict updates are never merged: an old _version gets ConflictUnhandled.
	Strict []string
}

// Body writes the request. It leaves out extensions that are not present, for servers that do not know them.
func (r Request) Body() []byte {
	var b record.Builder
	b.SetString("query", r.Query)
	b.Set("variables", objectOrEmpty(r.Variables))
	if e := r.Extensions; e.Present || len(e.Mutations) > 0 || len(e.Cursors) > 0 || len(e.Strict) > 0 {
		b.Set("extensions", deltabase(e.value()))
	}
	return b.Object().Text()
}

func (e Extensions) value() record.Value {
	var b record.Builder
	if len(e.Mutations) > 0 {
		b.Set("mutations", textsOf(e.Mutations))
	}
	if len(e.Cursors) > 0 {
		b.Set("cursors", textsOf(e.Cursors))
	}
	if len(e.Strict) > 0 {
		var keys record.ListBuilder
		for _, key := range e.Strict {
			keys.AddString(key)
		}
		b.Set("strict", keys.List())
	}
	return b.Object()
}

func deltabase(v record.Value) record.Value {
	var b record.Builder
	b.Set("deltabase", v)
	return b.Object()
}

func textsOf(texts map[string]string) record.Value {
	var b record.Builder
	for _, key := range sortedKeys(texts) {
		b.SetString(key, texts[key])
	}
	return b.Object()
}

// sortedKeys sorts the keys of a map, so that the same map is always written the same way.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

func objectOrEmpty(v record.Value) record.Value {
	if v.IsNull() {
		return record.TrustString("{}")
	}
	return v
}

// RequestError is the error of a request that the server can't understand (HTTP 400). Type is
// MalformedHttpRequestException or BadRequestException.
type RequestError struct{ Type, Message string }

func (e *RequestError) Error() string { return e.Type + ": " + e.Message }

// ErrorBody is the body of an answer that refuses a whole request, with errors and no data.
func ErrorBody(errorType, message string) []byte {
	return ErrorPayload(Error{Type: errorType, Message: message}).Text()
}

// RetryBody is ErrorBody for an answer after which the client may repeat the request (408, 429, 503). Amplify's HTTP
// layer gives up after three such answers, and its DataStore then drops the change, whatever the errors say. The HTTP
// layer passes the message on, and this message makes DataStore keep the change and try again.
func RetryBody(errorType, message string) []byte {
	var b record.Builder
	b.Set("errors", ErrorPayload(Error{Type: errorType, Message: message}).Field("errors"))
	b.SetString("message", "Network Error")
	return b.Object().Text()
}

// ParseRequest reads the body of a request on the server. It returns the operationName as well, "" when there is none.
// Errors are *RequestError.
func ParseRequest(body []byte) (request Request, operationName string, err error) {
	if blank(body) {
		return request, "", &RequestError{MalformedHttpRequest, "Request body is empty."}
	}
	v, err := record.Parse(body)
	if err != nil {
		return request, "", &RequestError{MalformedHttpRequest, "Unable to parse GraphQL query. " + err.Error()}
	}
	if v.Kind() != record.Object {
		return request, "", &RequestError{BadRequestException, "The body must be one object with \"query\" and \"variables\"; batches are not accepted."}
	}
	query, name, variables := v.Field("query"), v.Field("operationName"), v.Field("variables")
	hash, err := parsePersisted(v.Field("extensions").Field("persistedQuery"))
	if err != nil {
		return request, "", err
	}
	switch {
	case hash != "" && query.IsNull():
	case query.Kind() != record.String || query.Str() == "":
		return request, "", &RequestError{MalformedHttpRequest, "Unable to parse GraphQL query."}
	case !name.IsNull() && name.Kind() != record.String:
		return request, "", &RequestError{BadRequestException, "\"operationName\" must be a string or null."}
	case !variables.IsNull() && variables.Kind() != record.Object:
		return request, "", &RequestError{BadRequestException, "\"variables\" must be an object or null."}
	}
	request = Request{Query: query.Str(), Hash: hash, Variables: objectOrEmpty(variables)}
	request.Extensions, err = parseExtensions(v.Field("extensions"))
	return request, name.Str(), err
}

func blank(body []byte) bool {
	for _, c := range body {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// parsePersisted reads the hash of a persisted query; "" when it is null.
func parsePersisted(v record.Value) (string, error) {
	if v.IsNull() {
		return "", nil
	}
	version, _ := v.Field("version").Int()
	hash := v.Field("sha256Hash").Str()
	if version != 1 || len(hash) != 64 {
		return "", &RequestError{BadRequestException, "\"extensions.persistedQuery\" must be {\"version\": 1, \"sha256Hash\": the SHA-256 of \"query\" in hexadecimal}."}
	}
	return hash, nil
}

func parseExtensions(v record.Value) (e Extensions, err error) {
	ours := v.Field("deltabase")
	if ours.IsNull() {
		return e, nil
	}
	if ours.Kind() != record.Object {
		return e, &RequestError{BadRequestException, "\"extensions.deltabase\" must be an object."}
	}
	e.Present = true
	if e.Mutations, err = parseTexts(ours.Field("mutations"), "mutations", 1, mutationIDBytesMax); err != nil {
		return Extensions{}, err
	}
	if e.Cursors, err = parseTexts(ours.Field("cursors"), "cursors", 0, cursorBytesMax); err != nil {
		return Extensions{}, err
	}
	if e.Strict, err = parseKeys(ours.Field("strict"), "strict"); err != nil {
		return Extensions{}, err
	}
	return e, nil
}

// parseKeys reads a list of response keys; nil when it is null.
func parseKeys(v record.Value, name string) ([]string, error) {
	if v.IsNull() {
		return nil, nil
	}
	keys := []string{}
	ok := v.Kind() == record.List && v.Len() <= extensionEntriesMax
	if ok {
		v.Elements(func(_ int, key record.Value) bool {
			ok = key.Kind() == record.String
			keys = append(keys, key.Str())
			return ok
		})
	}
	if !ok {
		return nil, &RequestError{BadRequestException, "\"extensions.deltabase." + name + "\" must be a list of at most 100 response keys."}
	}
	return keys, nil
}

// parseTexts reads an object of strings whose lengths lie between two bounds; nil when it is null.
func parseTexts(v record.Value, name string, lengthMin, lengthMax int) (map[string]string, error) {
	if v.IsNull() {
		return nil, nil
	}
	where := "\"extensions.deltabase." + name + "\""
	if v.Kind() != record.Object || v.Len() > extensionEntriesMax {
		return nil, &RequestError{BadRequestException, where + " must be an object of at most 100 strings."}
	}
	texts := map[string]string{}
	ok := true
	v.Fields(func(key string, value record.Value) bool {
		text := value.Str()
		ok = value.Kind() == record.String && len(text) >= lengthMin && len(text) <= lengthMax
		texts[key] = text
		return ok
	})
	if !ok {
		return nil, &RequestError{BadRequestException, where + " holds a value that is no string or is empty or too long."}
	}
	return texts, nil
}
