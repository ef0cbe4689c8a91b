package conflict

import (
	"slices"
	"testing"
)

const (
	live4 = `{"id":"a","title":"t","note":"x","_version":4,"_lastChangedAt":9,"_deleted":null}`
	tomb7 = `{"id":"a","title":"t","_version":7,"_lastChangedAt":9,"_deleted":true}`
)

// TestOutcomeTable has a row for each of docs/protocol.md#outcomes, for every strategy.
func TestOutcomeTable(t *testing.T) {
	_, m := todo()
	all := []Strategy{Automerge, Optimistic, Lambda, None}
	cases := []struct {
		op         Operation
		stored     string
		version    int64
		strategies []Strategy
		want       Verdict
	}{
		{Create, "", 0, all, Apply},
		{Create, "", 9, all, Apply},
		{Create, live4, 0, all, Exists},
		{Create, live4, 4, all, Exists},
		{Create, tomb7, 0, all, Exists},
		{Update, "", 0, all, Absent},
		{Update, "null", 1, all, Absent},
		{Update, live4, 4, all, Apply},
		{Update, live4, 3, []Strategy{Automerge, None}, Apply},
		{Update, live4, 0, []Strategy{Automerge, None}, Apply},
		{Update, live4, 9, []Strategy{Automerge, None}, Apply},
		{Update, live4, 3, []Strategy{Optimistic}, Conflicted},
		{Update, live4, 0, []Strategy{Optimistic}, Conflicted},
		{Update, live4, 9, []Strategy{Optimistic}, Conflicted},
		{Update, live4, 3, []Strategy{Lambda}, NeedDecision},
		{Update, live4, 9, []Strategy{Lambda}, NeedDecision},
		{Update, tomb7, 3, all, Conflicted},
		{Update, tomb7, 7, all, Conflicted},
		{Delete, "", 0, all, Absent},
		{Delete, live4, 4, all, Apply},
		{Delete, live4, 3, []Strategy{Automerge, Optimistic}, Conflicted},
		{Delete, live4, 0, []Strategy{Automerge, Optimistic}, Conflicted},
		{Delete, live4, 9, []Strategy{Automerge, Optimistic}, Conflicted},
		{Delete, live4, 3, []Strategy{Lambda}, NeedDecision},
		{Delete, live4, 3, []Strategy{None}, Apply},
		{Delete, tomb7, 7, all, Apply},
		{Delete, tomb7, 6, []Strategy{Automerge, Optimistic, Lambda}, Conflicted},
		{Delete, tomb7, 6, []Strategy{None}, Apply},
	}
	for _, c := range cases {
		for _, strategy := range c.strategies {
			got := Decide(m, Attempt{Operation: c.op, Input: value(t, `{"id":"a","title":"u"}`),
				Version: c.version, Stored: value(t, c.stored), Strategy: strategy})
			if got.Verdict != c.want {
				t.Errorf("%s of %s with version %d under %s: verdict %d, want %d",
					c.op, c.stored, c.version, strategy, got.Verdict, c.want)
			}
			if got.Row.Exists() != (c.want == Apply) {
				t.Errorf("%s of %s with version %d under %s: row %s", c.op, c.stored, c.version, strategy, got.Row.Text())
			}
		}
	}
}

// TestStrict: an old version is a conflict under every strategy that checks it.
func TestStrict(t *testing.T) {
	_, m := todo()
	for strategy, want := range map[Strategy]Verdict{Automerge: Conflicted, Optimistic: Conflicted, Lambda: Conflicted, None: Apply} {
		a := Attempt{Operation: Update, Input: value(t, `{"id":"a","title":"u"}`), Version: 3, Stored: value(t, live4),
			Strategy: strategy, Strict: true}
		if got := Decide(m, a).Verdict; got != want {
			t.Errorf("%s: verdict %d, want %d", strategy, got, want)
		}
		a.Version = 4
		if got := Decide(m, a).Verdict; got != Apply {
			t.Errorf("%s, current version: verdict %d", strategy, got)
		}
	}
}

func TestDecideRows(t *testing.T) {
	_, m := todo()
	cases := []struct {
		name     string
		attempt  Attempt
		input    string
		stored   string
		row      string
		merged   bool
		rejected []string
	}{
		{"create keeps nulls, drops metadata", Attempt{Operation: Create},
			`{"id":"a","title":"t","note":null,"_version":3,"__typename":"Todo"}`, "",
			`{"id":"a","title":"t","note":null}`, false, nil},
		{"update replaces, null removes (M6)", Attempt{Operation: Update, Version: 4},
			`{"id":"a","title":"u","note":null,"count":1,"_version":4}`, live4,
			`{"id":"a","title":"u","count":1}`, false, nil},
		{"update replaces a list whole (C4)", Attempt{Operation: Update, Version: 6},
			`{"id":"a","tags":["p","q"]}`, `{"id":"a","tags":["p"],"_version":6}`,
			`{"id":"a","tags":["p","q"]}`, false, nil},
		{"update without fields (M20)", Attempt{Operation: Update, Version: 4},
			`{"id":"a"}`, live4, `{"id":"a","title":"t","note":"x"}`, false, nil},
		{"delete keeps the attributes", Attempt{Operation: Delete, Version: 4},
			`{"id":"a"}`, live4, `{"id":"a","title":"t","note":"x"}`, false, nil},
		{"stale update merges", Attempt{Operation: Update, Version: 2, Strategy: Automerge},
			`{"id":"a","title":"u","count":1,"_version":2}`, live4,
			`{"id":"a","title":"t","note":"x","count":1}`, true, []string{"title"}},
		{"AWSJSON in an embedded type merges",
			Attempt{Operation: Update, Version: 2, Strategy: Automerge},
			`{"addr":{"extra":"{\"b\":2}"}}`, `{"id":"a","addr":{"extra":"{\"a\":1}"},"_version":4}`,
			`{"id":"a","addr":{"extra":"{\"a\":1,\"b\":2}"}}`, true, nil},
		{"the last write wins without detection", Attempt{Operation: Update, Strategy: None},
			`{"id":"a","title":"u"}`, live4, `{"id":"a","title":"u","note":"x"}`, false, nil},
	}
	for _, c := range cases {
		c.attempt.Input, c.attempt.Stored = value(t, c.input), value(t, c.stored)
		got := Decide(m, c.attempt)
		wantText(t, c.name, got.Row, c.row)
		if got.Merged != c.merged || !slices.Equal(got.Rejected, c.rejected) {
			t.Errorf("%s: merged %v, rejected %v", c.name, got.Merged, got.Rejected)
		}
	}
}
