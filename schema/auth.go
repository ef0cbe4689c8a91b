package schema

// FillDefaults sets what an @auth rule leaves out (docs/protocol.md#defaults-of-a-rule): the provider by the kind of rule, the owner field and claims, the operations.
func (r *AuthRule) FillDefaults() {
	if r.Provider == "" {
		switch r.Allow {
		case "public":
			r.Provider = "apiKey"
		case "custom":
			r.Provider = "function"
		default:
			r.Provider = "userPools"
		}
	}
	if r.Provider == "identityPool" {
		r.Provider = "iam" // two names of one thing
	}
	switch r.Allow {
	case "owner":
		if r.OwnerField == "" {
			r.OwnerField = "owner"
		}
		if r.IdentityClaim == "" {
			r.IdentityClaim = "sub::username"
		}
	case "groups":
		if r.GroupClaim == "" {
			r.GroupClaim = "cognito:groups"
		}
		if len(r.Groups) == 0 && r.GroupsField == "" {
			r.GroupsField = "groups"
		}
	}
	if len(r.Operations) == 0 {
		r.Operations = []string{"create", "update", "delete", "read"}
	}
}
