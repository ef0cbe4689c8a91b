package server_test

import (
	"fmt"
	"strings"
	"testing"
)

func repeat(n int, format string) string {
	var b strings.Builder
	for i := range n {
		if strings.Contains(format, "%d") {
			fmt.Fprintf(&b, format, i)
		} else {
			b.WriteString(format)
		}
	}
	return b.String()
}

// TestCostlyDocuments: documents within the size limit whose validation would take minutes,
// because every field is compared with every other, or every mistake is explained.
func TestCostlyDocuments(t *testing.T) {
	for _, one := range []struct {
		name, document, want string
		errors               int
	}{
		{"29,000 fields under one key", "{" + repeat(100, `m: getTodo(id: "a") {`+repeat(290, "title ")+"} ") + "}", "BadRequestException", 1},
		{"29,000 unknown fields", "{" + repeat(100, `m%d: getTodo(id: "a") {`+repeat(290, "titlx ")+"} ") + "}", "", 10},
		{"a fragment of 301 fields that nobody uses", "{ __typename } fragment f on Todo {" + repeat(301, "title ") + "}", "BadRequestException", 1},
		{"101 fragments", "{ __typename }" + repeat(101, " fragment f%d on Todo { id }"), "BadRequestException", 1},
		{"101 operations", repeat(101, " query q%d { __typename }"), "BadRequestException", 1},
		{"10,000 variables", "query q(" + repeat(10_000, "$v%d: Strinx ") + ") { __typename }", "BadRequestException", 1},
		{"500 unknown types", "query q(" + repeat(500, "$v%d: Strinx ") + ") { __typename }", "", 10},
	} {
		w := todoWorld(t)
		r := w.ask(one.document, "{}")
		if len(r.Errors) != one.errors || r.Errors[0].Type != one.want {
			t.Errorf("%s: %d errors, the first %v, want %d of type %q", one.name, len(r.Errors), r.Errors[0], one.errors, one.want)
		}
	}
}
