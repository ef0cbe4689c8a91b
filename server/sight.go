package server

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Rules on a field replace the model's rules for that field. They can only restrict further, because a row that the
// model's rules hide is hidden as a whole.

// sight is what a caller sees of the rows that it may read: the rows without the fields that rules of their own hide.
type sight struct{ fields []guard }

// guard is a field with rules of its own, and the rows in which these rules give the caller access.
type guard struct {
	field string
	may   rights
}

// sightOf lists the fields that the caller does not see in every row.
func (s *Server) sightOf(c Caller, m *schema.Model, want access) sight {
	var v sight
	for _, f := range s.guarded[m.Name] {
		if may := c.rights(f.Auth, want); !may.all {
			v.fields = append(v.fields, guard{f.Name, may})
		}
	}
	return v
}

// of is the part of a row that the caller sees.
func (v sight) of(row record.Value) record.Value {
	var hidden []string
	for _, g := range v.fields {
		if !g.may.cover(row) {
			hidden = append(hidden, g.field)
		}
	}
	if len(hidden) == 0 {
		return row
	}
	return record.Without(row, hidden...)
}

// on is the guard of a field; nil when every row shows the field.
func (v sight) on(field string) *guard {
	at := slices.IndexFunc(v.fields, func(g guard) bool { return g.field == field })
	if at < 0 {
		return nil
	}
	return &v.fields[at]
}

// orders reports whether rows may be found and ordered by an index. An order by a field that is hidden in some rows
// would reveal what the field holds there.
func (v sight) orders(ix *index) bool {
	return ix == nil || !slices.ContainsFunc(ix.fields, func(f *schema.Field) bool { return v.on(f.Name) != nil })
}

// appendText writes what the sight depends on. A cursor carries it, because it is valid only for the same sight.
func (v sight) appendText(dst []byte) []byte {
	for _, g := range v.fields {
		dst = g.may.appendText(record.AppendString(dst, g.field))
	}
	return dst
}

// guardedFields are a model's fields with rules of their own.
func guardedFields(m *schema.Model) []*schema.Field {
	var fields []*schema.Field
	for _, f := range append(slices.Clone(m.Fields), m.Implied()...) {
		if len(f.Auth) > 0 {
			fields = append(fields, f)
		}
	}
	return fields
}

// rulesOf are all rules of a model and of its fields.
func rulesOf(m *schema.Model) []*schema.AuthRule {
	var rules []*schema.AuthRule
	for i := range m.Auth {
		rules = append(rules, &m.Auth[i])
	}
	for _, f := range guardedFields(m) {
		for i := range f.Auth {
			rules = append(rules, &f.Auth[i])
		}
	}
	return rules
}

// grantFields is granted for fields with rules of their own. It fills in the owners that these rules name, and refuses
// fields that the caller may not set in a create. A null sets nothing there.
func (x *execution) grantFields(mu *mutation, sent, input record.Value) (record.Value, error) {
	if mu.operation != conflict.Create {
		return input, nil
	}
	var silent []string
	for _, f := range x.server.guarded[mu.model.Name] {
		may := x.call.Caller.rights(f.Auth, createAccess)
		if value := sent.Field(f.Name); value.Exists() && value.IsNull() && may.nothing() {
			silent = append(silent, f.Name)
		}
		if filled, allowed := may.granted(mu.model, input, true); allowed && !may.all {
			input = filled
		}
	}
	sent, input = record.Without(sent, silent...), record.Without(input, silent...)
	var denied []string
	for _, f := range x.server.guarded[mu.model.Name] {
		if sent.Field(f.Name).Exists() && !x.call.Caller.rights(f.Auth, createAccess).namedIn(input) {
			denied = append(denied, f.Name)
		}
	}
	return input, deniedFields(denied)
}

// namedIn reports whether the field of some role names the caller in an input.
func (r rights) namedIn(input record.Value) bool {
	return r.all || slices.ContainsFunc(r.roles, func(o role) bool { return o.named(input.Field(o.field)) })
}

// permittedFields checks an update of fields with rules of their own against the stored row. Setting such a field to
// null needs the right to delete it.
func (x *execution) permittedFields(mu *mutation, stored record.Value) error {
	var denied []string
	for _, f := range x.server.guarded[mu.model.Name] {
		switch value := mu.input.Field(f.Name); {
		case mu.operation == conflict.Delete:
			if !x.mayField(f, deleteAccess, stored) {
				return notAuthorized(mu.field.name, "Mutation")
			}
		case mu.operation != conflict.Update || !value.Exists():
		case !x.mayField(f, updateAccess, stored) || value.IsNull() && !x.mayField(f, deleteAccess, stored):
			denied = append(denied, f.Name)
		}
	}
	return deniedFields(denied)
}

// mayField reports whether the caller has this kind of access to the field. Only a caller with access in every row
// learns that a row is missing.
func (x *execution) mayField(f *schema.Field, want access, stored record.Value) bool {
	return x.call.Caller.rights(f.Auth, want).cover(stored)
}

func deniedFields(names []string) error {
	if len(names) == 0 {
		return nil
	}
	return refuse(appsync.Unauthorized, "Unauthorized on [%s]", strings.Join(names, ", "))
}

// shownTo is what a caller sees of the row of a mutation: the fields that it may read and, when own is set, those that
// it wrote itself. A caller who may not read the row, by the rules or because it has just given the row away, still
// gets the key and the metadata, which show that the mutation was carried out. partial says that required fields may be
// missing. In a merged row, a field that equals what was sent may be another user's; showing it would confirm a guess.
func (x *execution) shownTo(mu *mutation, row record.Value, own bool) (shown record.Value, partial bool) {
	if mu.couldRead || x.server.rightsOf(x.call.Caller, mu.model, anyReading).cover(row) {
		shown = x.server.sightOf(x.call.Caller, mu.model, anyReading).of(row)
	} else {
		shown, partial = record.Pick(row, append(slices.Clone(mu.model.Key), metadata...)...), true
	}
	if !own {
		return shown, partial
	}
	var written record.Builder
	mu.input.Fields(func(name string, value record.Value) bool {
		if record.Equal(value, row.Field(name)) {
			written.Set(name, value)
		}
		return true
	})
	return record.Overlay(shown, written.Object()), partial
}

var metadata = []string{conflict.VersionField, conflict.DeletedField, conflict.ChangedAtField}
