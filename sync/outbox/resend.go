package outbox

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// AUTOMERGE keeps its own value of a field when the version sent is old, although nobody may have
// changed that field: then it is sent once more with the new version (rule 3). Such a resend may
// come too late again. Merged a second time, a list would be appended a second time, so a resend
// asks our server for no merge (strict): it is refused as a conflict, and changed nothing.
//
//	update, old version ─▶ merged ─▶ resend, strict ─▶ taken
//	                                    │ ConflictUnhandled: what somebody changed is superseded,
//	                                    └─ the rest goes again, at most 10 times ─▶ held
//
// Plain AppSync merges the resend as well. A scalar is then superseded. What was merged in part, a
// list or a map, would be left with our values in it twice, so it is sent until it meets a current
// version, at most 10 times; each of these replaces the whole value.

// Fate says which sent fields go again and which are lost to somebody else's change. A field that
// a later edit of this page carries anyway is neither: the newer edit decides. A repeated answer
// is no other case: it holds the row of the first time, with the version of then.
func (o *Outbox) Fate(model *schema.Model, m *store.Mutation, row record.Value, later []*store.Mutation) (again, lost []string) {
	if m.Operation != conflict.Update || conflict.StampOf(row).Deleted {
		return nil, nil
	}
	again, lost = conflict.Superseded(model, m.Fields, m.Base, row)
	lost = append(lost, untold(model, m, row)...)
	again, lost = withoutCarried(again, later), withoutCarried(lost, later)
	if !m.Resent {
		return again, lost
	}
	inPart := func(name string) bool { return !record.Equal(m.Base.Field(name), row.Field(name)) }
	if !slices.ContainsFunc(again, inPart) || Exhausted(m) {
		return nil, append(lost, again...)
	}
	return again, lost
}

// untold are fields that were sent as null and have left the schema since: the answer has them no more,
// which tells as little as it does about a value, and an AUTOMERGE keeps what a null was to remove.
func untold(model *schema.Model, m *store.Mutation, row record.Value) []string {
	var names []string
	m.Fields.Fields(func(name string, value record.Value) bool {
		if value.IsNull() && model.Field(name) == nil && !row.Field(name).Exists() {
			names = append(names, name)
		}
		return true
	})
	return names
}

func withoutCarried(names []string, later []*store.Mutation) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		return slices.ContainsFunc(later, func(q *store.Mutation) bool {
			return q.Operation == conflict.Delete || q.Fields.Field(name).Exists()
		})
	})
}

// ResendOf is a follow-up mutation with the refused fields, in the place of the first one.
func ResendOf(m *store.Mutation, row record.Value, fields []string) store.Mutation {
	next := *m
	next.ID, next.State, next.Resent = resendID(m), store.Pending, true
	next.Fields = record.Pick(m.Fields, fields...)
	next.Base, next.Version = row, conflict.StampOf(row).Version
	next.Condition, next.Attempts, next.Cause, next.Remote = record.Value{}, 0, nil, record.Value{}
	if m.Resent {
		next.Attempts = m.Attempts + 1
	}
	return next
}

// resendID is the id of a mutation with /resend behind it, then /resend2, /resend3.
func resendID(m *store.Mutation) string {
	at := strings.LastIndex(m.ID, resendSuffix)
	if !m.Resent || at < 0 {
		return m.ID + resendSuffix
	}
	n, _ := strconv.Atoi(m.ID[at+len(resendSuffix):])
	return m.ID[:at] + resendSuffix + strconv.Itoa(max(n, 1)+1)
}

const resendSuffix = "/resend"

// RefusedFields compares three rows: what was sent, what that was made on, and what the server has.
func (o *Outbox) RefusedFields(m *store.Mutation, remote record.Value) (again, lost []string) {
	model := o.setup.Schema.Model(m.Key.Model)
	before := m.Fields
	m.Fields.Fields(func(name string, _ record.Value) bool {
		var b record.Builder
		if was := m.Base.Field(name); was.Exists() {
			b.Set(name, was)
		} else {
			b.SetNull(name)
		}
		before = record.Overlay(before, b.Object())
		return true
	})
	_, open := conflict.Superseded(model, m.Fields, record.Value{}, remote)
	_, changed := conflict.Superseded(model, before, record.Value{}, remote)
	for _, name := range withoutCarried(open, o.Behind(m)) {
		if slices.Contains(changed, name) {
			lost = append(lost, name)
		} else {
			again = append(again, name)
		}
	}
	return again, lost
}
