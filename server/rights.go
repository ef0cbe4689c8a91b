package server

import (
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// rights are what a caller may do with a model by one kind of access: everything, or only with the rows that one of the
// roles covers. The zero value allows nothing.
type rights struct {
	all   bool
	roles []role
}

// role is a dynamic rule for one caller: it covers rows whose field holds one of the values.
type role struct {
	field  string
	names  []string // names that the caller may use for itself, in the order of values
	values []string // the same names in their stored form
	owner  bool     // the field names owners; otherwise it names groups
	asked  asks     // replaces values: the owner for whom a subscription asks
}

// nothing reports whether the caller has no rights here.
func (r rights) nothing() bool { return !r.all && len(r.roles) == 0 }

// cover reports whether the rights cover a row.
func (r rights) cover(row record.Value) bool {
	return r.all || slices.ContainsFunc(r.roles, func(o role) bool { return o.holds(row.Field(o.field)) })
}

// holds reports whether a stored value, or an element of it, is one of the role's values.
func (o role) holds(value record.Value) bool {
	if o.asked != "" {
		return o.asked.holds(value)
	}
	return anyText(value, func(text string) bool { return slices.Contains(o.values, text) })
}

// named reports whether a value that a caller sends names the caller, in the stored form or in the form of the caller's
// issuer.
func (o role) named(value record.Value) bool {
	return anyText(value, func(text string) bool { return o.storedAs(text) != "" })
}

// storedAs is the stored form of a name by which the caller means itself; "" for any other name. A weaker name of an
// owner is replaced by the strongest.
func (o role) storedAs(text string) string {
	at := max(slices.Index(o.values, text), slices.Index(o.names, text))
	switch {
	case at < 0:
		return ""
	case o.owner:
		return o.values[0]
	}
	return o.values[at]
}

// anyText reports whether is holds for a text, or for one in a list.
func anyText(value record.Value, is func(string) bool) bool {
	if value.Kind() == record.String {
		return is(value.Str())
	}
	found := false
	if value.Kind() == record.List {
		value.Elements(func(_ int, element record.Value) bool {
			found = element.Kind() == record.String && is(element.Str())
			return !found
		})
	}
	return found
}

// rightsOf is the only place that decides who may do what. It serves every operation, every event, the row inside a
// conflict error, and the answer of a conflict function. Static rules decide first; if none applies, the row decides
// (docs/protocol.md#order).
func (s *Server) rightsOf(c Caller, m *schema.Model, want access) rights {
	if c.Provider == "" {
		return rights{}
	}
	if len(m.Auth) == 0 {
		return rights{all: s.options.Sandbox}
	}
	return c.rights(m.Auth, want)
}

// rights are what some rules allow a caller to do.
func (c Caller) rights(rules []schema.AuthRule, want access) rights {
	var r rights
	for i := range rules {
		rule := &rules[i]
		if rule.Provider != c.Provider || !covers(rule, want) {
			continue
		}
		switch rule.Allow {
		case "public":
			return rights{all: true}
		case "private":
			if c.Identity != nil {
				return rights{all: true}
			}
		case "groups":
			groups := c.groups(rule.GroupClaim)
			if rule.GroupsField == "" {
				if slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(rule.Groups, g) }) {
					return rights{all: true}
				}
			} else if len(groups) > 0 {
				r.roles = append(r.roles, role{field: rule.GroupsField, names: c.claimedGroups(rule.GroupClaim), values: groups})
			}
		case "owner":
			if names := c.owner(rule.IdentityClaim); len(names) > 0 {
				r.roles = append(r.roles, role{field: rule.OwnerField, names: names, values: bindAll(c.realm(), names), owner: true})
			}
		}
	}
	return r
}

var readings = []string{"read", string(getAccess), string(listAccess), string(syncAccess), string(listenAccess)}

// covers reports whether a rule's operation includes an access. "read" includes every kind of reading.
func covers(rule *schema.AuthRule, want access) bool {
	if slices.Contains(rule.Operations, string(want)) {
		return true
	}
	switch want {
	case getAccess, listAccess, syncAccess, listenAccess:
		return slices.Contains(rule.Operations, "read")
	case anyReading:
		return slices.ContainsFunc(rule.Operations, func(operation string) bool { return slices.Contains(readings, operation) })
	}
	return false
}

// appendText writes what these rights let the caller see. A cursor carries it, because it is valid only for the same
// rights.
func (r rights) appendText(dst []byte) []byte {
	if r.all {
		return dst
	}
	var list record.ListBuilder
	for _, o := range r.roles {
		list.AddString(o.field)
		for _, value := range slices.Sorted(slices.Values(o.values)) {
			list.AddString(value)
		}
	}
	return append(slices.Clip(dst), list.List().Text()...)
}

// keepsRights reports whether a resolved row leaves the fields on which rights depend unchanged, or sets them as the
// caller may.
func (mu *mutation) keepsRights(stored, resolved record.Value) bool {
	if mu.may.all {
		return true
	}
	for _, name := range rightsFields(mu.model) {
		value := resolved.Field(name)
		if !sameOrNull(value, stored.Field(name)) && !(mu.input.Field(name).Exists() && sameOrNull(value, mu.input.Field(name))) {
			return false
		}
	}
	return true
}

func sameOrNull(a, b record.Value) bool {
	return a.IsNull() && b.IsNull() || record.Equal(a, b)
}

// rightsFields are the fields of a model on which the rights to a row depend.
func rightsFields(m *schema.Model) []string {
	var names []string
	for _, rule := range rulesOf(m) {
		for _, name := range []string{rule.OwnerField, rule.GroupsField} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}
