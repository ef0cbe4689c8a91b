package server_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/server"
)

// limit is one constant of limits.go. within tries something of size n on a new server and tells
// whether it was taken; it must be at n = value and must not be at value+1. Limits that need
// another stage name the test that holds them instead, as "file TestName".
type limit struct {
	name   string
	value  int
	within func(w *world, n int) bool
	by     string
}

var limits = []limit{
	{name: "BodyBytesMax", value: server.BodyBytesMax, within: bodyWithin},
	{name: "DocumentBytesMax", value: server.DocumentBytesMax, within: func(w *world, n int) bool {
		return w.outcome(padded(`{ getTodo(id: "a") { id } }`, n), "{}") == "ok"
	}},
	{name: "DocumentTokens", value: server.DocumentTokens, within: func(w *world, n int) bool { // with { and }
		return w.outcome("{"+strings.Repeat("a ", n-2)+"}", "{}") != "MalformedHttpRequestException"
	}},
	{name: "DepthMax", value: server.DepthMax, within: func(w *world, n int) bool { return w.outcome(deep(n), "{}") == "ok" }},
	{name: "RootFieldsMax", value: server.RootFieldsMax, within: func(w *world, n int) bool {
		return w.outcome("{"+repeat(n, `a%d: getTodo(id: "a") { id } `)+"}", "{}") == "ok"
	}},
	{name: "FieldsPerRootMax", value: server.FieldsPerRootMax, within: func(w *world, n int) bool {
		return w.outcome(`{ getTodo(id: "a") {`+repeat(n, "a%d: title ")+"} }", "{}") == "ok"
	}},
	{name: "OperationsMax", value: server.OperationsMax, within: func(w *world, n int) bool {
		return w.outcome(repeat(n, "query q%d { __typename } "), `{},"operationName":"q0"`) == "ok"
	}},
	{name: "FragmentsMax", value: server.FragmentsMax, within: func(w *world, n int) bool {
		return w.outcome(`{ getTodo(id: "a") {`+repeat(n, "...f%d ")+"} }"+repeat(n, " fragment f%d on Todo { id }"), "{}") == "ok"
	}},
	{name: "IntrospectionDepthMax", value: server.IntrospectionDepthMax, within: func(w *world, n int) bool {
		return w.outcome("{ __schema { types {"+strings.Repeat("ofType {", n-2)+"name"+strings.Repeat("}", n+1), "{}") != "BadRequestException"
	}},
	{name: "VariablesMax", value: server.VariablesMax, within: func(w *world, n int) bool {
		return w.outcome("query q("+repeat(n, "$v%d: ID ")+") { __typename }", "{}") != "BadRequestException"
	}},
	{name: "ValueDepthMax", value: server.ValueDepthMax, within: func(w *world, n int) bool {
		return w.outcome("{ listTodos(filter: "+strings.Repeat("{not: ", n-1)+"{x: 1}"+strings.Repeat("}", n-1)+") { items { id } } }", "{}") != "BadRequestException"
	}},
	{name: "DocumentNodesMax", value: server.DocumentNodesMax, within: func(w *world, n int) bool { // the list counts in f and where f is spread
		return w.outcome("{ ...f "+strings.Repeat("__typename ", 1+n-server.DocumentNodesMax)+"} fragment f on Query { getTodo(id: ["+
			strings.Repeat("1 ", (server.DocumentNodesMax-10)/2)+"]) { id } }", "{}") != "BadRequestException"
	}},
	{name: "QuotedBytesMax", value: server.QuotedBytesMax, within: func(w *world, n int) bool {
		name := strings.Repeat("n", n)
		return strings.HasSuffix(w.ask("{ "+name+" }", "{}").Errors[0].Message, "@ '"+name+"'")
	}},
	{name: "ExpiryCheckEverySteps", value: server.ExpiryCheckEverySteps, by: "hostile_test.go TestLateDocument"},
	{name: "ArgumentBytesMax", value: server.ArgumentBytesMax, within: argumentsWithin},
	{name: "RowsPerRequestMax", value: server.RowsPerRequestMax, within: func(w *world, n int) bool {
		w.fill(server.PageRowsMax, 1)
		document := repeat(n/server.PageRowsMax, "p%d: listTodos(limit: 1000) { nextToken } ") + repeat(n%server.PageRowsMax, `g%d: getTodo(id: "00000") { id } `)
		return !strings.Contains(w.send("{ "+document+"}"), "LimitExceededError")
	}},
	{name: "HeavyRows", value: server.HeavyRows, by: "heavy_test.go TestHeavyRequests"},
	{name: "ComparisonsPerRequestMax", value: server.ComparisonsPerRequestMax, within: comparisonsWithin},
	{name: "ComparedBytes", value: server.ComparedBytes, by: "hostile_test.go TestLongRowsCountMore"},
	{name: "IDBytesMax", value: server.IDBytesMax, within: func(w *world, n int) bool {
		return w.creates(`"id":"` + strings.Repeat("i", n) + `"`)
	}},
	{name: "IndexKeyBytesMax", value: server.IndexKeyBytesMax, within: func(w *world, n int) bool {
		return w.creates(`"listId":"` + strings.Repeat("l", n-keyBytesAround) + `"`)
	}},
	{name: "ValidationErrorsMax", value: server.ValidationErrorsMax, within: func(w *world, n int) bool {
		return len(w.ask("{"+repeat(n, "nothing%d ")+"}", "{}").Errors) == n
	}},
	{name: "RecordBytesMax", value: server.RecordBytesMax, within: func(w *world, n int) bool {
		return w.creates(`"id":"a","title":"` + strings.Repeat("x", n-rowBytesAround) + `"`)
	}},
	{name: "PageRowsMax", value: server.PageRowsMax, within: func(w *world, n int) bool {
		w.fill(n, 1)
		return len(w.page("limit: 5000").Items) == n
	}},
	{name: "PageRowsDefault", value: server.PageRowsDefault, within: func(w *world, n int) bool {
		w.fill(n, 1)
		return len(w.page("lastSync: 0").Items) == n
	}},
	{name: "PageBytesMax", value: server.PageBytesMax, within: func(w *world, n int) bool { // the row that reaches it is the last
		w.creates(`"id":"a","title":"` + strings.Repeat("x", 400_000-rowBytesAround) + `"`)
		w.creates(`"id":"b","title":"` + strings.Repeat("x", 400_000-rowBytesAround) + `"`)
		w.creates(`"id":"c","title":"` + strings.Repeat("x", n-1-800_000-rowBytesAround) + `"`)
		w.creates(`"id":"d"`)
		return len(w.page("limit: 1000").Items) == 4
	}},
	{name: "ResponseBytesMax", value: server.ResponseBytesMax, within: responseWithin},
	{name: "HiddenFieldsToldMax", value: server.HiddenFieldsToldMax, within: hiddenFieldsWithin},
	{name: "IntrospectionMax", value: server.IntrospectionMax, within: introspectionWithin},
	{name: "NestedRowsMax", value: server.NestedRowsMax, by: "nested_test.go TestNestedRows"},
	{name: "MutationIDBytesMax", value: server.MutationIDBytesMax, within: func(w *world, n int) bool {
		return strings.Contains(w.extended(`mutation { createTodo(input: {title: "t"}) { id } }`,
			`{"mutations":{"createTodo":"`+strings.Repeat("m", n)+`"}}`), `"applied"`)
	}},
	{name: "CursorBytesMax", value: server.CursorBytesMax, within: cursorWithin},
	{name: "DecisionRoundsMax", value: server.DecisionRoundsMax, within: decisionsWithin},
	{name: "TokenBytesMax", value: server.TokenBytesMax, by: "limits_token_test.go TestLongestToken"},
	{name: "SocketsPerUserMax", value: server.SocketsPerUserMax, within: socketsWithin},
	{name: "PastReadersMax", value: server.PastReadersMax, within: pastWithin},
	{name: "CachedDocumentsMax", value: server.CachedDocumentsMax, by: "document_test.go TestCachedDocuments"},
	{name: "CachedDocumentBytesMax", value: server.CachedDocumentBytesMax, by: "document_test.go TestCachedDocuments"},
	{name: "ExpiryCheckEveryRows", value: server.ExpiryCheckEveryRows, within: func(w *world, n int) bool { // rows without a look
		w.fill(n-1, 1)
		return w.looks("{ syncTodos(limit: 1000) { items { id } } }") == w.looks("{ syncTodos(limit: 1) { items { id } } }")
	}},
	{name: "TouchAfterMs", value: server.TouchAfterMs, within: func(w *world, n int) bool { // ms during which startedAt stays
		before := w.page("limit: 1").StartedAt
		w.now = w.now.Add(time.Duration(n-1) * time.Millisecond)
		return w.page("limit: 1").StartedAt == before
	}},
	{name: "ClockAheadMs", value: server.ClockAheadMs, within: func(w *world, n int) bool { // ms that the clock goes back
		w.creates(`"id":"a"`)
		before := w.page("limit: 1").StartedAt
		w.now = w.now.Add(-time.Duration(n) * time.Millisecond)
		w.creates(`"id":"b"`)
		return w.page("limit: 1").StartedAt == before
	}},
	{name: "AgesMax", value: server.AgesMax, by: "age_test.go TestAgesAreFew"},
	{name: "AgesEveryMs", value: server.AgesEveryMs, by: "age_test.go TestAgesAreApart"},
	{name: "RestoredVersionGap", value: server.RestoredVersionGap, by: "restored_test.go TestVersionsAfterARestore"},
	{name: "AgesSavedEveryMs", value: server.AgesSavedEveryMs, by: "age_test.go TestAgesAreFew"},
	{name: "RewriteRows", value: server.RewriteRows, by: "fit_test.go TestRewritesAreBounded"},
	{name: "LookRowsMax", value: server.LookRowsMax, by: "fit_test.go TestTooManyToLookAt"},
	{name: "TakeOverTries", value: server.TakeOverTries, by: "fit_test.go TestTakeOverTries"},
	{name: "ConversionsMax", value: server.ConversionsMax, by: "fit_test.go TestConversionsMax"},
	{name: "ExamplesMax", value: server.ExamplesMax, by: "misfit_test.go TestMisfits"},
	{name: "StepRows", value: server.StepRows, by: "build_test.go TestStepsAreBounded"},
	{name: "StepsAtStart", value: server.StepsAtStart, by: "build_test.go TestStepsAreBounded"},
	{name: "PurgeRowsPerTransaction", value: server.PurgeRowsPerTransaction, within: func(w *world, n int) bool {
		w.fill(n, 1)
		w.pass(time.Hour)
		if _, err := w.server.Purge(w.now.UnixMilli(), w.ran.Milliseconds()); err != nil {
			w.t.Fatal(err)
		}
		return w.logged() == 0
	}},
	{name: "SubscriptionsPerSocketMax", value: server.SubscriptionsPerSocketMax, within: func(w *world, n int) bool {
		w.realtime("connect", "c")
		for i := range n {
			w.realtime("start", fmt.Sprintf("c s%d subscription { onCreateTodo { id } }", i))
		}
		return !strings.Contains(w.out.String(), fmt.Sprintf(`"message":"Max number of %d subscriptions reached"`, server.SubscriptionsPerSocketMax))
	}},
	{name: "SubscriptionBytesMax", value: server.SubscriptionBytesMax, by: "subscription_test.go TestSubscriptionBytes"},
	{name: "ModelsPerSocketMax", value: server.ModelsPerSocketMax, by: "multiplex_test.go TestModelsPerSocket"},
	{name: "FrameBytesMax", value: server.FrameBytesMax, by: "http/realtime_test.go TestFrameTooLarge"},
	{name: "EventBytesMax", value: server.EventBytesMax, by: "http/realtime_test.go TestLargeEvent"},
	{name: "PublishEntriesPerRead", value: server.PublishEntriesPerRead, by: "limits_within_test.go TestPublishInSeveralReads"},
	{name: "PublishBytesPerRead", value: server.PublishBytesPerRead, by: "limits_within_test.go TestPublishInSeveralReads"},
	{name: "ConnectionTimeoutMs", value: server.ConnectionTimeoutMs, by: "http/realtime_test.go TestHandshakes"},
	{name: "KeepAliveIntervalMsDefault", value: server.KeepAliveIntervalMsDefault, by: "http/times_test.go TestTimes"},
	{name: "DeltaTTLMinutesDefault", value: server.DeltaTTLMinutesDefault, within: func(w *world, n int) bool { // nothing changed since
		w.fill(1, 1)
		since := w.now.Add(time.Minute).UnixMilli()
		w.now = w.now.Add(time.Duration(n+1) * time.Minute)
		return len(w.page(fmt.Sprint("lastSync: ", since)).Items) == 0
	}},
	{name: "DeltaSlackMinutes", value: server.DeltaSlackMinutes, within: func(w *world, n int) bool {
		w.fill(1, 1)
		w.pass(time.Duration(server.DeltaTTLMinutesDefault+n)*time.Minute - time.Millisecond)
		w.purge()
		return w.logged() == 1
	}},
	{name: "TombstoneTTLMinutesDefault", value: server.TombstoneTTLMinutesDefault, within: func(w *world, n int) bool {
		w.fill(1, 1)
		w.mutateOne(`deleteTodo(input: {id: "00000", _version: 1})`)
		w.pass(time.Duration(n)*time.Minute - time.Millisecond)
		w.purge()
		return len(w.page("lastSync: 0").Items) == 1
	}},
	{name: "DeadlineMsDefault", value: server.DeadlineMsDefault, by: "http/times_test.go TestTimes"},
	{name: "DecisionDeadlineMs", value: server.DecisionDeadlineMs, by: "http/times_test.go TestTimes"},
}

// TestEveryLimit tries each limit at N and at N+1.
func TestEveryLimit(t *testing.T) {
	for _, one := range limits {
		if one.by != "" {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			for n, want := range map[int]bool{one.value: true, one.value + 1: false} {
				if got := one.within(todoWorld(t), n); got != want {
					t.Errorf("%d: taken %v, want %v", n, got, want)
				}
			}
		})
	}
}

// TestLimitsAreComplete: every constant of limits.go is in the table, and the tests it names exist.
func TestLimitsAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, one := range limits {
		known[one.name] = true
		if file, test, ok := strings.Cut(one.by, " "); one.by != "" {
			text, err := os.ReadFile(filepath.FromSlash(file))
			if !ok || err != nil || !strings.Contains(string(text), "func "+test+"(") {
				t.Errorf("%s: there is no %s (%v)", one.name, one.by, err)
			}
		}
	}
	for _, name := range constantsOf(t, "limits.go") {
		if !known[name] {
			t.Errorf("%s has no entry in the table; say how it is tested at N and N+1", name)
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("%s is in the table and not in limits.go", name)
	}
}

func constantsOf(t *testing.T, file string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(gotoken.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, declaration := range parsed.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != gotoken.CONST {
			continue
		}
		for _, one := range group.Specs {
			for _, name := range one.(*ast.ValueSpec).Names {
				names = append(names, name.Name)
			}
		}
	}
	return names
}
