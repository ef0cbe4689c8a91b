package server_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
)

// doubling is a document whose n fragments each hold the next one twice; leaf is in the last.
func doubling(root, on string, n int, leaf string) string {
	var b strings.Builder
	fmt.Fprintf(&b, root, "...f0 ...f0")
	for i := range n - 1 {
		fmt.Fprintf(&b, " fragment f%d on %s {...f%d ...f%d}", i, on, i+1, i+1)
	}
	fmt.Fprintf(&b, " fragment f%d on %s {%s}", n-1, on, leaf)
	return b.String()
}

// manyAliases is the half of a document of validation errors: n aliases of one field.
func manyAliases(n int, field string) string { return repeat(n, "a%d:"+field+" ") }

// hostile are small documents that cost much where something is compared in pairs, expanded without a
// bound, or told in full.
func hostile() map[string]string {
	same := manyAliases(500, "name")
	other := manyAliases(500, "kind")
	long := strings.Repeat("n", 100_000)
	return map[string]string{
		"doubling fragments":           doubling("{%s}", "Query", 25, "nope"),
		"doubling empty fragments":     doubling("{%s}", "Query", 60, "...nothing"),
		"doubling below a field":       doubling("{listTodos{%s}}", "ModelTodoConnection", 60, "nextToken"),
		"doubling in introspection":    doubling("{__schema{%s}}", "__Schema", 60, "types{name}"),
		"doubling in a subscription":   doubling("subscription{%s}", "Subscription", 60, "onCreateTodo{id}"),
		"doubling and a cycle":         doubling("{%s}", "Query", 60, "...f0"),
		"everything holds everything":  "{...f0}" + repeat(100, " fragment f%d on Query {"+repeat(99, "...f%d ")+"}"),
		"introspection conflicts":      "{listTodos{items{id}}} fragment f on Query{__schema{types{" + same + "}} __schema{types{" + other + "}}}",
		"introspection that conflicts": "{__schema{types{" + same + "}} __schema{types{" + other + "}}}",
		"many arguments":               "{" + strings.Repeat("getTodo("+manyAliases(5_000, "1")+"){id} ", 2) + "}",
		"deep values":                  `{listTodos(filter:` + strings.Repeat("{and:[", 400) + strings.Repeat("]}", 400) + `){nextToken}}`,
		"a long name above many":       "{" + long + "{" + strings.Repeat("a ", 250) + "}}",
		"long wrong values":            "{" + repeat(50, `a%d: listTodos(limit:"`+strings.Repeat("x", 4_000)+`"){nextToken} `) + "}",
		"a long wrong enum":            `{listTodos(filter:{` + long + `:1}){nextToken}}`,
		"long unknown types":           "{__typename}" + repeat(2, " fragment f%d on "+long+"{id}"),
		"operations over one fragment": repeat(100, " query q%d {getTodo(id:1){...f}}") + " fragment f on Todo{" + strings.Repeat("title ", 290) + "list(x:[" + strings.Repeat("1 ", 20_000) + "]){id}}",
		"comments":                     "{__typename #" + strings.Repeat("c\n#", 80_000) + "\n}",
	}
}

// TestHostileDocuments: each of them is answered, with at most 10 errors, in a few kilobytes and without
// more memory than its size explains. Without bounds they take hours or gigabytes.
func TestHostileDocuments(t *testing.T) {
	for name, document := range hostile() {
		for _, introspection := range []bool{true, false} {
			w := todoWorld(t)
			if introspection {
				w.command("introspection")
			}
			body := []byte(`{"operationName":"q0","query":` + string(record.AppendString(nil, document)) + `}`)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			answer := w.server.Handle(w.call(), w.credentials(), body)
			runtime.ReadMemStats(&after)
			v, err := record.Parse(answer.Body)
			if err != nil || v.Field("errors").Len() > server.ValidationErrorsMax || len(answer.Body) > 40_000 {
				t.Errorf("%s: %d errors in %d bytes (%v)", name, v.Field("errors").Len(), len(answer.Body), err)
			}
			if took, most := after.TotalAlloc-before.TotalAlloc, uint64(20_000_000+100*len(document)); took > most {
				t.Errorf("%s: %d bytes of document took %d bytes of memory, want at most %d", name, len(document), took, most)
			}
		}
	}
}

// TestNothingIsSuggested: what a caller does not name, no error names for him.
func TestNothingIsSuggested(t *testing.T) {
	for _, document := range []string{
		"{ getTodx(id: 1) { id } }", "{ getTodo(id: 1) { titel } }", "{ getTodo(idd: 1) { id } }", "{ getTodo(id: 1) }",
		"{ listTodos(filter: {titel: {eq: 1}}) { nextToken } }", "{ listTodos(sortDirection: ASCX) { nextToken } }",
		`{ listTodos(sortDirection: "ASCX") { nextToken } }`, "{ ...f } fragment f on Querx { id }", "query q($v: Strinx) { __typename }",
	} {
		if answer := todoWorld(t).send(document); !strings.Contains(answer, `"errors"`) || strings.Contains(answer, "Did you mean") {
			t.Errorf("%s is answered with %s", document, answer)
		}
	}
}

// TestLateDocument: a document that is still looked through when the deadline passes is a 503 and is left.
func TestLateDocument(t *testing.T) {
	w := todoWorld(t)
	document := "{" + repeat(90, `f%d: getTodo(id: "a") {`+repeat(290, "title ")+"} ") + "}"
	looks := 0
	call := server.Call{NowMs: w.now.UnixMilli(), Expired: func() bool { looks++; return true }}
	answer := w.server.Handle(call, w.credentials(), []byte(`{"query":`+string(record.AppendString(nil, document))+`}`))
	if answer.Status != 503 || looks != 1 {
		t.Errorf("answered %d after %d looks at the deadline, want 503 after the first", answer.Status, looks)
	}
	looks = 0
	call.Expired = func() bool { looks++; return false }
	answer = w.server.Handle(call, w.credentials(), []byte(`{"query":`+string(record.AppendString(nil, document))+`}`))
	if fields := 90 * 290; answer.Status != 200 || looks < 3*fields/server.ExpiryCheckEverySteps {
		t.Errorf("%d looks at the deadline, want one every %d of %d fields, three times", looks, server.ExpiryCheckEverySteps, fields)
	}
}

// TestLongRowsCountMore: a comparison of a row of two ComparedBytes counts three times.
func TestLongRowsCountMore(t *testing.T) {
	const rows, conditions = 100, 50
	for size, want := range map[int]bool{server.ComparedBytes / 2: true, 60 * server.ComparedBytes: false} {
		w := todoWorld(t)
		w.fill(rows/10, size)
		filter := "{and: [" + strings.Repeat(`{title: {ne: "y"}} `, conditions) + "]}"
		answer := w.send("{" + strings.ReplaceAll(repeat(10, "p%d: listTodos(filter: FILTER) { nextToken } "), "FILTER", filter) + "}")
		if got := !strings.Contains(answer, "LimitExceededError"); got != want {
			t.Errorf("rows of %d bytes: taken %v, want %v", size, got, want)
		}
	}
}

// TestErrorsCountInAnswers: what can't be shown is told, and that counts in the answer's size, too.
func TestErrorsCountInAnswers(t *testing.T) {
	w := todoWorld(t)
	w.mutateOne(`createList(input: {id: "l"})`)
	for i := range 100 {
		w.mutateOne(fmt.Sprintf(`createTodo(input: {id: "%05d", title: "t", listId: "l"})`, i))
	}
	w.schema = strings.Replace(todoModels, "type List @model @auth(rules: [{allow: public}])", "type List @model @auth(rules: [{allow: private}])", 1)
	w.start()
	answer := w.send("{" + strings.ReplaceAll(repeat(20, "p%d: listTodos { items { LISTS } } "), "LISTS", repeat(140, "l%d: list { id } ")) + "}")
	v, err := record.Parse([]byte(answer))
	if n := v.Field("errors").Len(); err != nil || n < 10_000 || len(answer) > 3*server.ResponseBytesMax/2 {
		t.Errorf("%d errors in %d bytes, want many in about %d (%v)", n, len(answer), server.ResponseBytesMax, err)
	}
	if !strings.Contains(answer, "LimitExceededError") {
		t.Error("nothing says that the answer is too large")
	}
}
