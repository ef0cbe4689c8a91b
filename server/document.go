package server

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/schema"
)

// documents parses and validates GraphQL text, and keeps valid documents within CachedDocumentsMax and
// CachedDocumentBytesMax. Kept documents are never changed.
type documents struct {
	types    *ast.Schema
	unserved []schema.Unserved
	valid    recent[*ast.QueryDocument] // by their text; its bytes are about what they take in memory
}

func newDocuments(types *ast.Schema, unserved []schema.Unserved) *documents {
	return &documents{types: types, unserved: unserved, valid: recent[*ast.QueryDocument]{entriesMax: CachedDocumentsMax, bytesMax: CachedDocumentBytesMax}}
}

// get returns the document of a text. The error is a *appsync.RequestError when the text is not GraphQL or too large,
// and a *refusal when the deadline has passed. Validation errors are returned as a response. It holds no lock while it
// works.
func (d *documents) get(text string, w *work) (*ast.QueryDocument, []appsync.Error, error) {
	if query, ok := d.valid.get(text); ok {
		return query, nil, nil
	}
	if len(text) > DocumentBytesMax {
		return nil, nil, badRequest("The document has %d bytes; at most %d are accepted.", len(text), DocumentBytesMax)
	}
	bare := withoutComments(text)
	query, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: bare}, DocumentTokens)
	if err != nil || len(query.Operations) == 0 {
		return nil, nil, &appsync.RequestError{Type: "MalformedHttpRequestException", Message: "Unable to parse GraphQL query."}
	}
	if invalid, err := measure(query, w); err != nil || invalid != nil {
		return nil, invalid, err
	}
	if invalid, err := validate(d.types, d.unserved, query, w); err != nil || invalid != nil {
		return nil, invalid, err
	}
	d.valid.put(text, query, len(text)+len(bare)+w.steps*nodeBytes)
	return query, nil, nil
}

// nodeBytes is about what a parsed selection or value takes in memory.
const nodeBytes = 100

// withoutComments removes comments up to the ends of their lines, so that the lines and columns of everything else
// stay. A parser would keep the comments in memory.
func withoutComments(text string) string {
	if !strings.Contains(text, "#") {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	for i := 0; i < len(text); {
		switch end := i + 1; text[i] {
		case '#':
			if end = strings.IndexAny(text[i:], "\r\n"); end < 0 {
				return b.String()
			}
			i += end
		case '"':
			end = endOfString(text, i)
			b.WriteString(text[i:end])
			i = end
		default:
			b.WriteByte(text[i])
			i = end
		}
	}
	return b.String()
}

// endOfString is the offset behind the string, or block string, that begins at i. A string without an end goes to the
// end of its line, a block string to the end of the text.
func endOfString(text string, i int) int {
	if strings.HasPrefix(text[i:], `"""`) {
		for i += 3; i < len(text); i++ {
			switch {
			case strings.HasPrefix(text[i:], `\"""`):
				i += 3
			case strings.HasPrefix(text[i:], `"""`):
				return i + 3
			}
		}
		return len(text)
	}
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		case '\r', '\n':
			return i
		}
	}
	return len(text)
}

func badRequest(format string, arguments ...any) error {
	return &appsync.RequestError{Type: "BadRequestException", Message: fmt.Sprintf(format, arguments...)}
}

// operationOf picks the operation to run.
func operationOf(query *ast.QueryDocument, name string) (*ast.OperationDefinition, error) {
	if name == "" && len(query.Operations) > 1 {
		return nil, badRequest("The document has %d operations; operationName must name one.", len(query.Operations))
	}
	if name == "" {
		return query.Operations[0], nil
	}
	operation := query.Operations.ForName(name)
	if operation == nil {
		return nil, badRequest("The document has no operation %q.", name)
	}
	return operation, nil
}
