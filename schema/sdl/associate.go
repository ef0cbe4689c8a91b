package sdl

import (
	"strconv"

	"github.com/deltabase/deltabase/schema"
)

// associate writes the association, and the fields and indexes that Amplify's codegen adds for it.
func (c *compiler) associate(r *relation) {
	a := &schema.Association{Kind: r.kind}
	if limit := r.directive.Arguments.ForName("limit"); limit != nil {
		a.Limit, _ = strconv.Atoi(limit.Value.Raw)
	}
	r.Association = a
	keyHere := r.kind == schema.BelongsTo || r.kind == schema.HasOne && stringsArgument(r.directive, "references") == nil
	if keyHere {
		a.TargetNames = r.keys
	}
	if r.kind != schema.BelongsTo {
		switch {
		case r.other != nil:
			a.AssociatedWith = []string{r.other.Name}
		case keyHere:
			a.AssociatedWith = r.target.Key
		default:
			a.AssociatedWith = r.keys
		}
	}
	switch r.kind {
	case schema.HasOne:
		if keyHere {
			r.owner.addKeys(r.keys, r.target, r.Required)
		}
	case schema.HasMany:
		implicit := stringArgument(r.directive, "indexName") == ""
		if implicit && r.other == nil {
			r.target.addKeys(r.keys, r.owner, false)
		}
		if implicit {
			r.target.Indexes = append(r.target.Indexes, schema.Index{Name: "gsi-" + r.owner.Name + "." + r.Name, Fields: r.keys})
		}
	}
}

// addKeys adds foreign keys that are not declared, typed like the key they point at. A @belongsTo
// adds none: its keys are implied by the association.
func (m *model) addKeys(names []string, pointed *model, required bool) {
	for i, name := range names {
		if m.Field(name) != nil {
			continue
		}
		f := &schema.Field{Name: name, Type: schema.Type{Scalar: schema.ID}, Required: required}
		if key := pointed.Field(pointed.Key[i]); key != nil {
			f.Type = key.Type
		}
		m.added = append(m.added, f)
	}
}
