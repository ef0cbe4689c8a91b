package server

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// rights are what a caller may do with a model in one way: everything, or with the rows that one
// of the roles covers. The zero value is nothing at all.
type rights struct {
	all   bool
	roles []role
}

// role is a dynamic rule as it stands for one caller: rows whose field holds one of the values.
type role struct {
	rule   *schema.AuthRule
	field  string
	values []string
	stored string // what an owner field gets: the first of the values
}

// nothing reports that the caller has no role here.
func (r rights) nothing() bool { return !r.all && len(r.roles) == 0 }

// cover reports whether a row may be treated so.
func (r rights) cover(row record.Value) bool {
	return r.all || slices.ContainsFunc(r.roles, func(o role) bool { return o.holds(row.Field(o.field)) })
}

// holds reports whether a field's value, or an element of it, is one of the role's.
func (o role) holds(value record.Value) bool {
	if value.Kind() == record.String {
		return slices.Contains(o.values, value.Str())
	}
	found := false
	if value.Kind() == record.List {
		value.Elements(func(_ int, element record.Value) bool {
			found = element.Kind() == record.String && slices.Contains(o.values, element.Str())
			return !found
		})
	}
	return found
}

// rightsOf is the one place that decides who may do what, for every operation, every delivered
// event, the row inside a conflict error and what a conflict function answers alike. Static rules
// decide first; else rows are looked at (section 7.2 of AppSync's protocol).
func (s *Server) rightsOf(c Caller, m *schema.Model, want access) rights {
	if c.Provider == "" {
		return rights{}
	}
	if len(m.Auth) == 0 {
		return rights{all: s.options.Sandbox}
	}
	var r rights
	for i := range m.Auth {
		rule := &m.Auth[i]
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
				r.roles = append(r.roles, role{rule: rule, field: rule.GroupsField, values: groups})
			}
		case "owner":
			if names := c.owner(rule.IdentityClaim); len(names) > 0 {
				r.roles = append(r.roles, role{rule: rule, field: rule.OwnerField, values: names, stored: names[0]})
			}
		}
	}
	return r
}

// authorize reports whether a caller has any right of a kind to a model.
func (s *Server) authorize(c Caller, m *schema.Model, want access) bool {
	return !s.rightsOf(c, m, want).nothing()
}

// covers: "read" stands for all ways of reading.
func covers(rule *schema.AuthRule, want access) bool {
	if slices.Contains(rule.Operations, string(want)) {
		return true
	}
	switch want {
	case getAccess, listAccess, syncAccess, listenAccess:
		return slices.Contains(rule.Operations, "read")
	}
	return false
}

// claim reads a text claim; older tokens name the user "cognito:username".
func (c Caller) claim(name string) string {
	if c.Identity == nil {
		return ""
	}
	value := c.Identity.Claims.Field(name)
	if name == "username" && value.Str() == "" {
		value = c.Identity.Claims.Field("cognito:username")
	}
	return value.Str()
}

// owner lists the names under which a caller owns rows: for "sub::username" the combination, then
// either part. Values with the separator inside would let one user pass for another.
func (c Caller) owner(identityClaim string) []string {
	var parts []string
	for _, name := range strings.Split(identityClaim, ownerSeparator) {
		value := c.claim(name)
		if strings.Contains(value, ownerSeparator) {
			return nil
		}
		if value != "" && !slices.Contains(parts, value) {
			parts = append(parts, value)
		}
	}
	if len(parts) < 2 {
		return parts
	}
	return append([]string{strings.Join(parts, ownerSeparator)}, parts...)
}

const ownerSeparator = "::"

// groups reads a group claim: a list, a JSON list in a text, or one name.
func (c Caller) groups(claim string) []string {
	if c.Identity == nil {
		return nil
	}
	value := c.Identity.Claims.Field(claim)
	if text := value.Str(); strings.HasPrefix(text, "[") {
		if list, err := record.Parse([]byte(text)); err == nil {
			value = list
		}
	}
	if name := value.Str(); name != "" {
		return []string{name}
	}
	var names []string
	if value.Kind() == record.List {
		value.Elements(func(_ int, element record.Value) bool {
			if name := element.Str(); name != "" {
				names = append(names, name)
			}
			return true
		})
	}
	return names
}

// appendText writes what the rights let see: a cursor is good for the same rights only.
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

// granted checks what a create or an update writes into the fields that rights depend on, and
// fills an owner in where a create names none. An owner is never somebody else at create, nor
// nobody; groups must be the caller's own.
func (r rights) granted(m *schema.Model, input record.Value, create bool) (record.Value, bool) {
	if r.all {
		return input, true
	}
	var more record.Builder
	member, owner := false, false
	for _, o := range r.roles {
		value := input.Field(o.field)
		switch {
		case o.stored == "":
			member = member || o.holds(value)
		case create && !value.Exists():
			more.Set(o.field, ownerValue(m, o))
			owner = true
		case create && !o.holds(value):
			return input, false
		default:
			owner = true
		}
		if value.Kind() == record.String && o.stored != "" && o.holds(value) {
			more.Set(o.field, record.OfString(o.stored)) // never weaker than what is stored
		}
	}
	return record.Overlay(input, more.Object()), !create || owner || member
}

func ownerValue(m *schema.Model, o role) record.Value {
	value := record.OfString(o.stored)
	if f := m.Field(o.field); f != nil && f.Array {
		var list record.ListBuilder
		list.Add(value)
		return list.List()
	}
	return value
}

// keepsRights reports whether a resolved row leaves the fields that rights depend on as they are,
// or as the caller may set them.
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

// rightsFields are the fields of a model that decide who may do what with a row.
func rightsFields(m *schema.Model) []string {
	var names []string
	for i := range m.Auth {
		for _, name := range []string{m.Auth[i].OwnerField, m.Auth[i].GroupsField} {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// combinedOwners are the owner fields that hold more than readers see: "sub::username" is read as
// the username.
func combinedOwners(m *schema.Model) []string {
	var names []string
	for i := range m.Auth {
		rule := &m.Auth[i]
		if rule.Allow == "owner" && strings.Contains(rule.IdentityClaim, ownerSeparator) && !slices.Contains(names, rule.OwnerField) {
			names = append(names, rule.OwnerField)
		}
	}
	return names
}

// readOwner is an owner field as readers see it.
func readOwner(value record.Value) record.Value {
	switch value.Kind() {
	case record.String:
		text := value.Str()
		if at := strings.LastIndex(text, ownerSeparator); at >= 0 {
			return record.OfString(text[at+len(ownerSeparator):])
		}
	case record.List:
		var list record.ListBuilder
		value.Elements(func(_ int, element record.Value) bool {
			list.Add(readOwner(element))
			return true
		})
		return list.List()
	}
	return value
}

// namesStoredOwner tells a filter that speaks of owners as they are stored from one that speaks of
// them as they are read. AppSync knows the first kind only; people expect the second.
func namesStoredOwner(filter record.Value) bool {
	return strings.Contains(filter.String(), ownerSeparator)
}

// match evaluates a filter on a row as readers see it, or else as it is stored.
func (s *Server) match(m *schema.Model, p *query.Predicate, row record.Value, stored bool) bool {
	return p == nil || p.Match(s.asRead(m, row)) || stored && p.Match(row)
}

// asRead is a row as filters see it: with owners as readers see them.
func (s *Server) asRead(m *schema.Model, row record.Value) record.Value {
	names := s.combined[m.Name]
	if len(names) == 0 {
		return row
	}
	var seen record.Builder
	changed := false
	for _, name := range names {
		if value := row.Field(name); !value.IsNull() {
			seen.Set(name, readOwner(value))
			changed = true
		}
	}
	if !changed {
		return row
	}
	return record.Overlay(row, seen.Object())
}

// pastOf adds to a row's past what the fields that rights depend on held until now, when a write
// changes them.
func pastOf(m *schema.Model, before Row, row record.Value, seq int64) string {
	fields := rightsFields(m)
	if len(fields) == 0 || before.Text == "" {
		return before.Past
	}
	stored := record.TrustString(before.Text)
	changed := slices.ContainsFunc(fields, func(name string) bool {
		return !sameOrNull(stored.Field(name), row.Field(name))
	})
	if !changed {
		return before.Past
	}
	var entry record.Builder
	entry.SetInt("until", seq)
	entry.Set("fields", record.Pick(stored, fields...))
	past := record.TrustString(before.Past)
	skip := 0
	if before.Past != "" {
		skip = max(0, past.Len()+1-PastReadersMax)
	}
	var list record.ListBuilder
	if before.Past != "" {
		past.Elements(func(i int, one record.Value) bool {
			if i >= skip {
				list.Add(one)
			}
			return true
		})
	}
	list.Add(entry.Object())
	return list.List().String()
}

// covered reports whether a role could read a version that a client whose cursor stands at seq may
// have: one that was there then, or came later.
func (r rights) covered(past string, seq int64) bool {
	found := false
	if past == "" {
		return false
	}
	record.TrustString(past).Elements(func(_ int, one record.Value) bool {
		until, _ := one.Field("until").Int()
		found = until > seq && r.cover(one.Field("fields"))
		return !found
	})
	return found
}
