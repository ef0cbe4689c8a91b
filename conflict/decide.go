package conflict

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Verdict is what the server does with a mutation whose conditions are met.
type Verdict uint8

const (
	Apply        Verdict = iota // write Row
	Conflicted                  // ConflictUnhandled with the stored row
	Exists                      // ConditionalCheckFailedException: create over a row or a tombstone
	Absent                      // ConditionalCheckFailedException: update or delete of nothing
	NeedDecision                // LAMBDA: the host has to call the custom function
)

// Attempt is one mutation as the server sees it.
type Attempt struct {
	Operation Operation
	Input     record.Value // what to write; metadata fields in it are ignored
	Version   int64        // _version of the input, 0 when absent
	Stored    record.Value // Missing when there is no row; with metadata
	Strategy  Strategy
	Strict    bool // an old version is a conflict under every strategy but NONE
}

// Outcome of an attempt. Row is set for Apply and has no metadata: the caller stamps it. Merged says that AUTOMERGE
// ran. Rejected names the input fields for which the stored value, or a part of it, was kept although the input had
// another.
type Outcome struct {
	Verdict  Verdict
	Row      record.Value
	Merged   bool
	Rejected []string
}

// Decide decides about a mutation, by operation, stored row, version and strategy. It implements the table of
// docs/protocol.md#outcomes, except for the `condition` argument, which the caller evaluates on the stored row.
func Decide(m *schema.Model, a Attempt) Outcome {
	if a.Operation == Create {
		if !a.Stored.IsNull() {
			return Outcome{Verdict: Exists}
		}
		return Outcome{Verdict: Apply, Row: WithoutMeta(a.Input)}
	}
	if a.Stored.IsNull() {
		return Outcome{Verdict: Absent}
	}
	stamp := StampOf(a.Stored)
	current := canary.StaleWrite || a.Strategy == None || stamp.Version == a.Version
	if a.Operation == Delete {
		return decideDelete(a, stamp, current)
	}
	switch {
	case stamp.Deleted: // an update never resurrects, whatever version it names
		return Outcome{Verdict: Conflicted}
	case current:
		return Outcome{Verdict: Apply, Row: replaceFields(m, a.Stored, a.Input)}
	case a.Strict:
		return Outcome{Verdict: Conflicted}
	case a.Strategy == Automerge:
		row, rejected := Merge(m, a.Stored, a.Input)
		return Outcome{Verdict: Apply, Row: WithoutMeta(row), Merged: true, Rejected: rejected}
	case a.Strategy == Lambda:
		return Outcome{Verdict: NeedDecision}
	}
	return Outcome{Verdict: Conflicted}
}

func decideDelete(a Attempt, stamp Stamp, current bool) Outcome {
	switch {
	case current: // also on a tombstone, which becomes a newer tombstone
		return Outcome{Verdict: Apply, Row: WithoutMeta(a.Stored)}
	case a.Strategy == Lambda && !stamp.Deleted:
		return Outcome{Verdict: NeedDecision}
	}
	return Outcome{Verdict: Conflicted}
}

// replaceFields writes an input over a row of the same version. An explicit null removes the field. At create a null
// stays as a null, because attributeExists tells the two apart.
func replaceFields(m *schema.Model, stored, input record.Value) record.Value {
	input = record.Without(WithoutMeta(input), m.Key...)
	row := record.Overlay(WithoutMeta(stored), input)
	var cleared []string
	input.Fields(func(name string, value record.Value) bool {
		if value.IsNull() {
			cleared = append(cleared, name)
		}
		return true
	})
	return record.Without(row, cleared...)
}

// WithoutMeta is a row without the fields that the server maintains: version, deletion, times.
func WithoutMeta(row record.Value) record.Value {
	return record.Without(row, VersionField, DeletedField, ChangedAtField, "_ttl", "__typename")
}
