package server

import (
	"slices"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// claim reads a claim that is a text. In older tokens the username is "cognito:username".
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

// owner lists the names under which a caller owns rows, in its issuer's form: for "sub::username" the combination, then
// either part. A caller has no such name when a value contains the separator, or begins or ends with a colon: with it
// one user could pass for another.
func (c Caller) owner(identityClaim string) []string {
	var parts []string
	for _, name := range strings.Split(identityClaim, ownerSeparator) {
		value := c.claim(name)
		if strings.Contains(value, ownerSeparator) || strings.Trim(value, ":") != value {
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

// ownerSeparator stands between the parts of an owner. A value that begins with it is bound to an issuer:
// "::REALM::NAME". No caller's name begins with it.
const ownerSeparator = "::"

// bind writes a name in the stored form for users of a realm. A realm has no colon, so different issuers never give the
// same value.
func bind(realm, name string) string {
	if realm == "" || strings.HasPrefix(name, ownerSeparator) {
		return name
	}
	return ownerSeparator + realm + ownerSeparator + name
}

func bindAll(realm string, names []string) []string {
	bound := make([]string, len(names))
	for i, name := range names {
		bound[i] = bind(realm, name)
	}
	return bound
}

// realm is the caller's issuer in stored values; "" for the issuer whose values are stored as AppSync stores them.
func (c Caller) realm() string {
	if c.Identity == nil {
		return ""
	}
	return c.Identity.Realm
}

// groups lists a caller's groups as they are stored.
func (c Caller) groups(claim string) []string {
	return bindAll(c.realm(), c.claimedGroups(claim))
}

// claimedGroups lists a caller's groups in its issuer's form. It leaves out a name that would pass for a group of
// another issuer.
func (c Caller) claimedGroups(claim string) []string {
	return slices.DeleteFunc(c.listed(claim), func(name string) bool { return strings.HasPrefix(name, ownerSeparator) })
}

// listed reads a claim that is a list, a JSON list in a text, or one name.
func (c Caller) listed(claim string) []string {
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
