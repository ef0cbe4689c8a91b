package sync_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// limit is one constant of a limits.go: its value, written down once more, and how much of something the
// engine takes; or the stories and tests that hold it.
type limit struct {
	name   string
	value  int
	within func(t *testing.T, n int) bool
	by     string // "stories", which differ one more or one less; "near", stories that pass it; or a "test"
}

// told runs commands of the story language.
func told(t *testing.T, h *host, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if err := h.command(line); err != nil {
			t.Fatal(line, err)
		}
		settle()
	}
}

func upHost(t *testing.T, lines ...string) *host {
	t.Helper()
	h := newHost(loadSchema(t))
	told(t, h, append([]string{"up A"}, lines...)...)
	h.lines = nil
	return h
}

func (h *host) lastLine(prefix string) string {
	for n := len(h.lines) - 1; n >= 0; n-- {
		if strings.HasPrefix(h.lines[n], prefix) {
			return h.lines[n]
		}
	}
	return ""
}

var limits = []limit{
	{name: "mutationsMax", value: 100, within: func(t *testing.T, n int) bool { return travelTogether(t, n, "") }},
	{name: "mutationsAppsyncMax", value: 25, within: func(t *testing.T, n int) bool { return travelTogether(t, n, "plain") }},
	{name: "bodyBytesMax", value: 512 << 10, within: func(t *testing.T, n int) bool {
		// Two of 256 bytes of overhead each, with their fields, no condition (null) and the id.
		h := upHost(t, "offline")
		fields := `{"id":"p1","title":""}`
		left := n - 2*(256+len(fields)+len("null")+len("p1"))
		h.saved("p1", strings.Repeat("a", left/2))
		h.saved("p2", strings.Repeat("b", left-left/2))
		told(t, h, "online", "connect", "serve pull Blog", "serve pull Post")
		return strings.Contains(h.lastLine("send push"), "createPost#p2")
	}},
	{name: "overheadBytes", value: 256, by: "test TestLimits/bodyBytesMax"},
	{name: "messagesMax", value: 10_000, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline", "wait 1000", "online", "connect")
		told(t, h, "serve pull Blog")
		for i := range n {
			row := fmt.Sprintf(`{"id":"p%d","title":"t","_version":1,"_lastChangedAt":1800000000000}`, i)
			h.message(t, "onCreatePost", row)
		}
		h.lines = nil
		told(t, h, "serve pull Post")
		// What was buffered is applied; beyond, all of it is fetched again.
		return countPrefix(h.lines, "send pull Post") == 0
	}},
	{name: "foldCommits", value: 50, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline")
		folds := countFolds{}
		h.tap = &folds
		for folds.count == 0 { // from one on, the next
			h.saved(fmt.Sprintf("a%d", folds.commits), "t")
		}
		folds = countFolds{}
		for range n {
			h.saved(fmt.Sprintf("b%d", folds.commits), "t")
		}
		return folds.count == 0 || folds.count == 1 && n == folds.commits && n == 50
	}},
	{name: "waitingCallsMax", value: 100_000, within: func(t *testing.T, n int) bool {
		h := newHost(loadSchema(t))
		h.step(engine.TabJoined{Tab: "A"})
		h.step(engine.Configure{Call: h.newCall("A"), Schema: h.schema, Config: record.TrustString("{}")})
		h.lines = nil
		for range n { // the load is answered only when things settle
			h.step(engine.Query{Call: h.newCall("A"), Model: "Post", ID: "none"})
		}
		refused := countPrefix(h.lines, "reply A error bad_request: Too many calls wait")
		settle()
		return refused == 0
	}},
	{name: "observersMax", value: 10_000, within: func(t *testing.T, n int) bool {
		h := upHost(t)
		for i := range n {
			h.step(engine.Observe{Call: h.newCall("A"), Observer: uint32(i + 1), Model: "Post", ID: "none", Live: true})
		}
		return countPrefix(h.lines, "reply A error bad_request: More than 10000") == 0
	}},
	{name: "adoptedMax", value: 1_000, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline")
		ev := engine.Adopt{Call: h.newCall("A"), Mark: record.OfString("all")}
		for i := range n {
			row := record.TrustString(fmt.Sprintf(`{"id":"w%d","title":"t","_version":1}`, i))
			ev.Rows = append(ev.Rows, engine.AdoptedRow{Model: "Blog", Row: row})
		}
		h.step(ev)
		settle()
		return countPrefix(h.lines, "reply A error bad_request: One call takes over at most 1000") == 0
	}},
	{name: "writesMax", value: 10_000, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline")
		ev := engine.WriteAll{Call: h.newCall("A")}
		for i := range n {
			row := record.TrustString(fmt.Sprintf(`{"id":"w%d","title":"t"}`, i))
			ev.Writes = append(ev.Writes, engine.Save{MutationID: fmt.Sprintf("w%d", i), Model: "Blog", Record: row, Fields: row})
		}
		h.step(ev)
		settle()
		return countPrefix(h.lines, "reply A error bad_request: One call takes at most 10000 records") == 0
	}},
	{name: "syncCallsMax", value: 1_000, within: func(t *testing.T, n int) bool {
		h := upHost(t)
		h.command("mute")
		for range n {
			h.step(engine.Sync{Call: h.newCall("A")})
		}
		return countPrefix(h.lines, "reply A error bad_request: More than 1000 calls of sync()") == 0
	}},
	{name: "cascadeRecordsMax", value: 100_000, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline", "wait 1000", "online", "connect")
		var items strings.Builder
		for i := range n - 1 {
			fmt.Fprintf(&items, `,{"id":"p%d","title":"t","blogID":"b1","_version":1,"_lastChangedAt":1}`, i)
		}
		told(t, h, `others Blog create {"id":"b1","title":"t"}`, "serve pull Blog",
			`respond pull {"data":{"syncPosts":{"items":[`+items.String()[1:]+`],"nextToken":null,"startedAt":1}}}`,
			"serve", "offline", "delete A m1 Blog b1")
		return !strings.Contains(h.lastLine("reply A"), "error bad_request: One delete takes more than 100000")
	}},
	{name: "corruptFaultsShownMax", value: 20, within: func(t *testing.T, n int) bool {
		h := newHost(loadSchema(t))
		for range n {
			h.faults = append(h.faults, &store.Fault{Code: store.CodeCorrupt, Model: "Post", Message: "A page is broken."})
		}
		told(t, h, "join A", "configure A {}", "start A")
		return countPrefix(h.lines, "report sync BadRecord corrupt_page") == n
	}},
	{name: "reportedDependantsMax", value: 100, within: func(t *testing.T, n int) bool {
		h := upHost(t, "refuse Blog/b1 ValidationException", `save A m0 Blog {"id":"b1","title":"t"}`, "serve")
		for i := range n {
			told(t, h, fmt.Sprintf(`save A m%d Post {"id":"p%d","title":"t","blogID":"b1"}`, i+1, i))
		}
		told(t, h, "discard A m0")
		return strings.Contains(h.lastLine("reply A error needs_choice"), fmt.Sprintf("m%d", n)+`"`)
	}},
	{name: "RequestTimeoutMs", value: 35_000, within: func(t *testing.T, n int) bool {
		h := upHost(t, `save A m1 Post {"id":"p1","title":"t"}`)
		return int64(n) <= h.sends[len(h.sends)-1].TimeoutMs
	}},
	{name: "answerMsMax", value: 35_000, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline", "online", "connect")
		return int64(n) <= h.sends[len(h.sends)-1].TimeoutMs
	}},
	{name: "syncIntervalSeconds", value: 86_400, within: func(t *testing.T, n int) bool {
		h := upHost(t, "offline")
		h.nowMs += int64(n)*1000 - 1000
		told(t, h, "stop A", "online", "start A", "connect")
		return !strings.Contains(h.lastLine("send pull Blog"), `"lastSync":0,"filter":null} cursor ""`)
	}},

	{name: "parallelModelsMax", by: "stories remote_cascade_moves"},
	{name: "failuresMax", by: "stories captive_portal pull_retries"},
	{name: "failuresUntoldMax", by: "stories poison rate_limited"},
	{name: "brokenMax", by: "stories broken_connections"},
	{name: "pollFirstMs", by: "stories polling rate_limited"},
	{name: "greetingMs", by: "stories unreachable_start"},
	{name: "syncPageRowsMax", by: "stories config"},
	{name: "syncPageRowsDefault", by: "stories auth_corners auth_multi"},
	{name: "secondsMax", by: "stories config"},
	{name: "retryBaseMs", by: "stories failed_decisions unlucky_reads"},
	{name: "conflictCapMs", by: "stories failed_decisions"},
	{name: "conflictAttemptsMax", by: "stories conflict_delete_model conflict_throws"},
	{name: "attemptRound", by: "stories conflict_delete_model conflict_throws"},
	{name: "authRetryMs", by: "stories auth_paused"},
	{name: "authWakeMinMs", by: "stories auth_paused"},
	{name: "hintPauseMs", by: "stories online_hint"},
	{name: "probeFirstMs", by: "stories auth_socket"},
	{name: "socketAckMs", by: "stories rate_limited"},
	{name: "socketRetryCapMs", by: "stories offline_at_open"},
	{name: "socketFirstRetryMs", by: "stories offline_at_open"},
	{name: "clearAttemptsMax", by: "stories clear_fails"},
	{name: "roomBaseMs", by: "stories plain_stale_copy"},
	{name: "socketSilentMs", by: "stories silent_network"},
	{name: "changesOneByOneMax", value: 16, by: "test TestRelatedLive"},
	{name: "affectedOneByOneMax", value: 200, by: "test TestRelatedMany"},
	{name: "subscriptionsMax", by: "test TestManyModelsOnAppSync"},

	// These are passed by stories, but not tried a step before and at the limit.
	{name: "pollCapMs", by: "near polling"},
	{name: "doubtfulMs", by: "near no_hint"},
	{name: "handoverRetryMs", by: "near another_app"},
	{name: "multiplexModelsMax", by: "near multiplexed"},
	{name: "multiplexBytesMax", by: "near multiplexed"},
	{name: "handlerAnswerMs", by: "near conflict_who"},
	{name: "tokenAnswerMs", by: "near auth_tabs"},
	{name: "goneMax", by: "near left_scope_late"},
	{name: "syncRecordsDefault", by: "near truncated"},
	{name: "retryCapMs", by: "near server_keeps_failing"},
	{name: "retryAfterMsMax", by: "near retry_after"},
	{name: "roomCapMs", by: "near storage_full"},
	{name: "roomToldMs", by: "near storage_full"},
	{name: "probeCapMs", by: "near no_hint"},
	{name: "baseRunLeastMs", by: "near interval"},
	{name: "subscriptionEndedMs", by: "near refused_subscriptions"},
	{name: "sleptMs", by: "near no_hint"},
	{name: "probeTimeoutMs", by: "near no_hint"},
	{name: "staleRequestMs", by: "near online_hint"},
	{name: "socketCheckMs", by: "stories silent_network"},
	{name: "socketDialPatienceMs", by: "near online_hint"},
	{name: "socketKeepaliveMs", by: "near odd_socket"},
	{name: "socketUnauthorizedMs", by: "near auth_socket"},
	{name: "socketKeepaliveMinMs", by: "near odd_socket"},
	{name: "socketKeepaliveCapMs", by: "near odd_socket"},
	{name: "journalIdsMax", by: "TestRepeatedAmongMany"},
	{name: "timerDelayMsMax", by: "near retry_after"},
	{name: "timerLateMs", by: "near clock_set_back"},
	{name: "conflictBaseMs", by: "near conflict_stale"},
	{name: "modelsShownMax", by: "near refused_subscriptions"},
	{name: "unauthorizedMs", by: "near pull_failures"},
}

// TestLimits tries each limit at N and at N+1.
func TestLimits(t *testing.T) {
	for _, one := range limits {
		if one.within == nil {
			continue
		}
		t.Run(one.name, func(t *testing.T) {
			for n, want := range map[int]bool{one.value: true, one.value + 1: false} {
				if got := one.within(t, n); got != want {
					t.Errorf("%d: taken %v, want %v", n, got, want)
				}
			}
		})
	}
}

func (h *host) saved(id, title string) {
	row := record.TrustString(fmt.Sprintf(`{"id":%q,"title":%q}`, id, title))
	h.step(engine.Save{Call: h.newCall("A"), MutationID: id, Model: "Post", Record: row, Fields: row})
	settle()
}

func (h *host) message(t *testing.T, field, row string) {
	for _, sub := range h.subs {
		if name, id, _ := strings.Cut(sub, " "); name == field {
			h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.DataFrame(id, field, record.TrustString(row)).Text()})
			return
		}
	}
	t.Fatalf("nobody subscribed to %s", field)
}

// travelTogether reports whether n creates go in one request.
func travelTogether(t *testing.T, n int, kind string) bool {
	h := newHost(loadSchema(t))
	if kind != "" {
		told(t, h, kind)
	}
	told(t, h, "up A", "offline")
	for i := range n {
		h.saved(fmt.Sprintf("p%d", i), "t")
	}
	told(t, h, "online", "connect", "serve pull Blog", "serve pull Post")
	h.lines = nil
	told(t, h, "serve push")
	return countPrefix(h.lines, "send push") == 0
}

// countFolds counts what the store is asked to tidy up, and transactions.
type countFolds struct{ count, commits int }

func (c *countFolds) event(engine.Event) bool { return true }
func (c *countFolds) effect(e engine.Effect) bool {
	if _, ok := e.(engine.Fold); ok {
		c.count++
	}
	return true
}
func (c *countFolds) transaction(_ string, run func() error) error {
	c.commits++
	return run()
}

func constantsOf(t *testing.T, file string) (names []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, declaration := range parsed.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
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

// TestLimitsAreComplete: every constant of a limits.go, the engine's or a room's, is in the table, and what holds it exists.
func TestLimitsAreComplete(t *testing.T) {
	known := map[string]bool{}
	for _, one := range limits {
		known[one.name] = true
		kind, list, _ := strings.Cut(one.by, " ")
		for _, story := range strings.Fields(list) {
			if _, err := os.Stat(filepath.Join("testdata", story+".txt")); kind != "test" && err != nil {
				t.Errorf("%s: there is no story %s", one.name, story)
			}
		}
	}
	rooms, _ := filepath.Glob("*/limits.go")
	for _, file := range append(rooms, "limits.go") {
		for _, name := range constantsOf(t, file) {
			if !known[name] {
				t.Errorf("%s: %s has no entry in the table; say how it is tested at N and N+1", file, name)
			}
			delete(known, name)
		}
	}
	for name := range known {
		t.Errorf("%s is in the table and in no limits.go", name)
	}
}
