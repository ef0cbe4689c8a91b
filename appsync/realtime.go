package appsync

import (
	"encoding/base64"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// Subprotocol is the WebSocket subprotocol that a server selects and echoes.
const Subprotocol = "graphql-ws"

// headerPrefix begins the subprotocol entry that carries credentials. The server never echoes it.
const headerPrefix = "header-"

// RealtimeURL makes the WebSocket address of an endpoint (docs/protocol.md#addresses-and-credentials). For AppSync's
// own host it is the realtime host; for others "/realtime" is appended to the path. http becomes ws and https becomes
// wss. Amplify's client appends to the whole text and always uses wss, which fails with a query string, a trailing
// slash or a local server.
func RealtimeURL(endpoint string) string {
	rest, query := endpoint, ""
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest, query = rest[:i], rest[i:]
	}
	if i := strings.IndexByte(query, '#'); i >= 0 {
		query = query[:i] // a WebSocket address has no fragment
	}
	scheme := ""
	if i := strings.Index(rest, "://"); i >= 0 {
		scheme, rest = strings.ToLower(rest[:i]), rest[i+3:]
	}
	switch scheme {
	case "http":
		scheme = "ws"
	case "https":
		scheme = "wss"
	}
	if host, path, _ := strings.Cut(rest, "/"); path == "graphql" && isAppSyncHost(host) {
		host = strings.Replace(strings.ToLower(host), ".appsync-api.", ".appsync-realtime-api.", 1)
		return scheme + "://" + host + "/" + path + query
	}
	return scheme + "://" + strings.TrimRight(rest, "/") + "/realtime" + query
}

// isAppSyncHost recognizes <26 letters, digits or _>.appsync-api.<region>.amazonaws.com(.cn).
func isAppSyncHost(host string) bool {
	const idChars = 26
	host = strings.TrimSuffix(strings.ToLower(host), ".cn")
	id, rest, ok := strings.Cut(host, ".appsync-api.")
	if !ok || len(id) != idChars || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return false
	}
	region, ok := strings.CutSuffix(rest, ".amazonaws.com")
	return ok && region != "" && !strings.Contains(region, ".")
}

// Protocols are the WebSocket subprotocols of a connection: Subprotocol, and "header-" followed by the credentials as
// base64url JSON without padding. Without credentials nothing follows "header-".
func Protocols(authorization record.Value) []string {
	entry := headerPrefix
	if authorization.Len() > 0 {
		entry += base64.RawURLEncoding.EncodeToString(authorization.Text())
	}
	return []string{Subprotocol, entry}
}

// ParseProtocol reads the credentials from a subprotocol entry, or from the query parameter "header" of older clients:
// base64 in the standard or the URL alphabet, padded or not. It returns Missing when there are none. The error is a
// *RequestError.
func ParseProtocol(entry string) (record.Value, error) {
	text := strings.TrimRight(strings.TrimPrefix(entry, headerPrefix), "=")
	if text == "" {
		return record.Value{}, nil
	}
	if len(text) > headerBytesMax {
		return record.Value{}, &RequestError{BadRequestException, "The connection's credentials are too long."}
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(text)
	raw, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		return record.Value{}, &RequestError{BadRequestException, "The connection's credentials are not base64."}
	}
	v, err := record.Parse(raw)
	if err != nil || v.Kind() != record.Object {
		return record.Value{}, &RequestError{BadRequestException, "The connection's credentials are not a JSON object."}
	}
	return v, nil
}
