package server

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// granted checks what a create or an update writes into the fields on which rights depend, and fills in the owner if a
// create names none. Rules are alternatives: a create needs one whose owner is the caller, or whose group is one of the
// caller's own.
func (r rights) granted(m *schema.Model, input record.Value, create bool) (record.Value, bool) {
	if r.all {
		return input, true
	}
	var more record.Builder
	allowed := !create
	set := map[string]bool{} // field -> done: a field in two rules gets one value
	for _, o := range r.roles {
		value := input.Field(o.field)
		switch {
		case create && o.owner && !value.Exists():
			if allowed = true; !set[o.field] {
				more.Set(o.field, ownerValue(m, o))
			}
		case !o.named(value):
			continue
		default:
			if allowed = true; o.owner && value.Kind() == record.String && !set[o.field] {
				more.Set(o.field, record.OfString(o.values[0])) // never a weaker name than the stored one
			}
		}
		set[o.field] = true
	}
	return record.Overlay(input, more.Object()), allowed
}

func ownerValue(m *schema.Model, o role) record.Value {
	value := record.OfString(o.values[0])
	if f := m.Field(o.field); f != nil && f.Array {
		var list record.ListBuilder
		list.Add(value)
		return list.List()
	}
	return value
}

// bindNames converts the owners and groups in an input to their stored form if issuers are told apart. A name without
// an issuer belongs to the caller's own issuer, unless it is what readers see of a name in the stored row.
func (x *execution) bindNames(mu *mutation, stored record.Value) {
	realm := x.call.Caller.realm()
	if mu.operation == conflict.Delete {
		return
	}
	var more record.Builder
	for _, name := range rightsFields(mu.model) {
		value := mu.input.Field(name)
		if value.IsNull() || mu.model.IsKey(name) {
			continue
		}
		known := map[string]string{} // as readers see them -> as they are stored
		anyText(stored.Field(name), func(text string) bool {
			if realm != "" || strings.HasPrefix(text, ownerSeparator) {
				known[readName(text, x.server.named[mu.model.Name][name])] = text
			}
			return false
		})
		if realm == "" && len(known) == 0 {
			continue
		}
		more.Set(name, eachText(value, func(text string) string {
			for _, o := range mu.may.roles {
				if own := o.storedAs(text); own != "" && o.field == name {
					return own
				}
			}
			if before := known[text]; before != "" {
				return before
			}
			return bind(realm, text)
		}))
	}
	mu.input = record.Overlay(mu.input, more.Object())
}

// eachText replaces a text, or each text of a list.
func eachText(value record.Value, replace func(string) string) record.Value {
	switch value.Kind() {
	case record.String:
		return record.OfString(replace(value.Str()))
	case record.List:
		var list record.ListBuilder
		value.Elements(func(_ int, element record.Value) bool {
			list.Add(eachText(element, replace))
			return true
		})
		return list.List()
	}
	return value
}

// namedFields are the fields that hold owners or groups. The value is true for owners of which readers see only the
// last part: "sub::username" is read as the username.
func namedFields(m *schema.Model) map[string]bool {
	fields := map[string]bool{}
	for _, rule := range rulesOf(m) {
		if rule.OwnerField != "" {
			combined := rule.Allow == "owner" && strings.Contains(rule.IdentityClaim, ownerSeparator)
			fields[rule.OwnerField] = fields[rule.OwnerField] || combined
		}
		if rule.GroupsField != "" {
			fields[rule.GroupsField] = fields[rule.GroupsField] || false
		}
	}
	return fields
}

// readName is an owner or a group as readers see it: without its issuer, and of an owner with several parts only the
// last.
func readName(text string, combined bool) string {
	if rest, bound := strings.CutPrefix(text, ownerSeparator); bound {
		if _, name, ok := strings.Cut(rest, ownerSeparator); ok {
			text = name
		}
	}
	if at := strings.LastIndex(text, ownerSeparator); combined && at >= 0 {
		text = text[at+len(ownerSeparator):]
	}
	return text
}

// namesStoredOwner reports whether a filter names owners in their stored form. Otherwise it names them as readers see
// them. AppSync knows only the stored form; people expect the other.
func namesStoredOwner(filter record.Value) bool {
	return strings.Contains(filter.String(), ownerSeparator)
}

// match evaluates a filter on a row as readers see it, and with stored also on the row as it is stored. The row must
// have passed sight.of.
func (s *Server) match(m *schema.Model, p *query.Predicate, row record.Value, stored bool) bool {
	return p == nil || p.Match(s.asRead(m, row)) || stored && p.Match(row)
}

// asRead is a row in the form for filters, with owners and groups as readers see them.
func (s *Server) asRead(m *schema.Model, row record.Value) record.Value {
	var seen record.Builder
	changed := false
	for name, combined := range s.named[m.Name] {
		value := row.Field(name)
		if anyText(value, func(text string) bool { return strings.Contains(text, ownerSeparator) }) {
			seen.Set(name, eachText(value, func(text string) string { return readName(text, combined) }))
			changed = true
		}
	}
	if !changed {
		return row
	}
	return record.Overlay(row, seen.Object())
}

// asks is the role that results from the owner argument of a subscriber who may hear of all rows. The argument names an
// owner in the stored form, by a part of it, or by a combination of which a part is stored.
type asks string

func (a asks) holds(value record.Value) bool {
	return anyText(value, func(text string) bool {
		stored := unbound(text)
		asked := string(a)
		if strings.HasPrefix(asked, ownerSeparator) {
			return text == asked
		}
		return stored == asked || slices.Contains(strings.Split(stored, ownerSeparator), asked) ||
			slices.Contains(strings.Split(asked, ownerSeparator), stored)
	})
}

func unbound(text string) string { return readName(text, false) }
