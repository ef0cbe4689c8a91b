package sdl

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema"
)

// authProviders lists which providers fit each kind of rule.
var authProviders = map[string][]string{
	"public":  {"apiKey", "iam", "identityPool"},
	"private": {"userPools", "oidc", "iam", "identityPool"},
	"owner":   {"userPools", "oidc"},
	"groups":  {"userPools", "oidc"},
	"custom":  {"function"},
}

var authOperations = []string{"create", "update", "delete", "read", "get", "list", "sync", "listen", "search"}

func (c *compiler) modelAuth(m *model) {
	m.Auth = c.rules(m.source.Directives, c.globalAuth)
	rules := m.Auth[:len(m.Auth):len(m.Auth)]
	for _, f := range m.Fields {
		c.fieldAuth(m, f)
		rules = append(rules, f.Auth...)
	}
	c.protectedBefore(m)
	for _, rule := range rules {
		for _, name := range []string{rule.OwnerField, rule.GroupsField} {
			if name != "" && m.Field(name) == nil && !slices.Contains(m.Undeclared, name) {
				m.Undeclared = append(m.Undeclared, name)
			}
		}
	}
}

// fieldAuth reads the rules of a field, which take the place of the model's there. A row is known by
// its key, and a required field can't be null, so neither may be hidden from a caller who reads the row.
func (c *compiler) fieldAuth(m *model, f *schema.Field) {
	source := m.fields[f.Name]
	if source == nil || source.Directives.ForName("auth") == nil {
		return
	}
	f.Auth = c.rules(source.Directives, nil)
	at := source.Directives.ForName("auth").Position
	switch {
	case m.IsKey(f.Name):
		c.wrong(at, "@auth stands on "+f.Name+", which is part of the key.", "Put the rule on the type: whoever may read a row knows its key.")
	case (f.Required && !f.Array || f.Array && !f.ArrayNullable) && !c.readAlike(m.Auth, f.Auth):
		c.wrong(at, "The field "+f.Name+" is required, and @auth hides it from some who read the row.",
			"Make it optional: who may not read it gets null.")
	}
	if a := f.Association; a != nil { // the relation is its foreign key
		for _, name := range a.TargetNames {
			if key := m.Field(name); key != nil && len(key.Auth) == 0 && !m.IsKey(name) &&
				(m.fields[name] == nil || m.fields[name].Directives.ForName("auth") == nil) {
				key.Auth = f.Auth
			}
		}
	}
}

// readAlike reports whether every caller who may read the row may read the field, too.
func (c *compiler) readAlike(model, field []schema.AuthRule) bool {
	plain := func(rule schema.AuthRule, operation string) string {
		reads := slices.Contains(rule.Operations, operation) || slices.Contains(rule.Operations, "read")
		if !reads {
			return ""
		}
		rule.Operations = nil
		return fmt.Sprint(rule)
	}
	for _, operation := range []string{"get", "list", "sync", "listen"} {
		for _, rule := range model {
			text := plain(rule, operation)
			if text != "" && !slices.ContainsFunc(field, func(other schema.AuthRule) bool { return plain(other, operation) == text }) {
				return false
			}
		}
	}
	return true
}

// rules reads @auth; without it the rules are those given.
func (c *compiler) rules(directives ast.DirectiveList, without []schema.AuthRule) (rules []schema.AuthRule) {
	d := directives.ForName("auth")
	if d == nil {
		return without
	}
	a := d.Arguments.ForName("rules")
	if a == nil || len(a.Value.Children) == 0 {
		c.wrong(d.Position, "@auth has no rules.", "Write @auth(rules: [{allow: public}]).")
		return nil
	}
	if a.Value.Kind == ast.ObjectValue { // one rule counts as a list of one
		return append(rules, c.authRule(a.Value))
	}
	for _, child := range a.Value.Children {
		rules = append(rules, c.authRule(child.Value))
	}
	return rules
}

func (c *compiler) authRule(v *ast.Value) schema.AuthRule {
	var r schema.AuthRule
	if v.Kind != ast.ObjectValue {
		c.wrong(v.Position, "An auth rule is an object.", "Write {allow: public}.")
		return r
	}
	for _, child := range v.Children {
		c.authSetting(&r, child)
	}
	providers, ok := authProviders[r.Allow]
	if !ok {
		c.wrong(v.Position, "The auth rule allows "+quoted(r.Allow)+", which is nobody.", didYouMean(r.Allow, sortedKeys(authProviders)))
	} else if r.Provider != "" && !slices.Contains(providers, r.Provider) {
		c.wrong(v.Position, "The provider "+r.Provider+" does not fit allow: "+r.Allow+".", didYouMean(r.Provider, providers))
	}
	for _, operation := range r.Operations {
		if !slices.Contains(authOperations, operation) {
			c.wrong(v.Position, "There is no operation "+operation+" to allow.", didYouMean(operation, authOperations))
		}
	}
	for _, child := range v.Children {
		if (child.Name == "queries" || child.Name == "mutations") && len(r.Operations) == 0 {
			c.wrong(child.Position, "The auth rule allows nothing.", "Remove it, or write operations: [...].")
			break
		}
	}
	r.FillDefaults()
	return r
}

func (c *compiler) authSetting(r *schema.AuthRule, child *ast.ChildValue) {
	texts := map[string]*string{"allow": &r.Allow, "provider": &r.Provider, "ownerField": &r.OwnerField,
		"identityClaim": &r.IdentityClaim, "groupClaim": &r.GroupClaim, "groupsField": &r.GroupsField}
	lists := map[string]*[]string{"groups": &r.Groups, "operations": &r.Operations}
	if c.firstAuthSetting(r, child) {
		return
	}
	text, list := texts[child.Name], lists[child.Name]
	switch {
	case text != nil && (child.Value.Kind == ast.StringValue || child.Value.Kind == ast.EnumValue):
		*text = child.Value.Raw
	case list != nil && len(stringsOf(child.Value)) > 0:
		*list = stringsOf(child.Value)
	case text == nil && list == nil:
		c.wrong(child.Position, "An auth rule has no setting "+child.Name+".",
			didYouMean(child.Name, append(sortedKeys(texts), sortedKeys(lists)...)))
	default:
		c.wrong(child.Position, "The setting "+child.Name+" of an auth rule has no value.", "Write one, or remove it.")
	}
}

// settings reads input AMPLIFY { globalAuthRule: AuthRule = {allow: public} }, the rule for
// models that have none of their own, and simplePlurals: Boolean = true, which names lists as
// early Amplify projects did: by the type's name and an s.
func (c *compiler) settings(d *ast.Definition) {
	for _, f := range d.Fields {
		switch {
		case f.Name == "simplePlurals":
			if f.DefaultValue == nil || f.DefaultValue.Kind != ast.BooleanValue {
				c.wrong(f.Position, "simplePlurals has no value.", "Write simplePlurals: Boolean = true.")
				continue
			}
			c.simplePlurals = f.DefaultValue.Raw == "true"
		case f.Name != "globalAuthRule" && f.Name != "global_auth_rule":
			c.wrong(f.Position, "There is no setting "+f.Name+".", "Only globalAuthRule and simplePlurals are known.")
		case f.DefaultValue == nil:
			c.wrong(f.Position, "globalAuthRule has no value.", "Write globalAuthRule: AuthRule = {allow: public}.")
		default:
			c.globalAuth = append(c.globalAuth, c.authRule(f.DefaultValue))
		}
	}
}
