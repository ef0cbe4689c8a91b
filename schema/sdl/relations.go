package sdl

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/schema"
)

// relation is a field of a model's type on its way to an association.
type relation struct {
	*schema.Field
	owner, target *model
	source        *ast.FieldDefinition
	directive     *ast.Directive
	kind          schema.AssociationKind
	// keys are the foreign key fields, once they are known: on the owner for BELONGS_TO and for
	// HAS_ONE with its key here, else on the target.
	keys  []string
	other *relation // the field on the other side, nil when there is none
	bad   bool      // an error was reported; leave it alone
}

var relationKinds = map[string]schema.AssociationKind{
	"hasOne": schema.HasOne, "hasMany": schema.HasMany, "belongsTo": schema.BelongsTo,
}

// relation notes a field that connects two models, or reports one that should or cannot.
func (c *compiler) relation(m *model, field *schema.Field, f *ast.FieldDefinition) {
	var found *ast.Directive
	for _, d := range f.Directives {
		if d.Name == "manyToMany" || c.first && d.Name == "connection" {
			return // without its other side, or not to be translated, which was reported
		}
		if relationKinds[d.Name] == "" {
			continue
		}
		if found != nil {
			c.wrong(d.Position, "The field "+f.Name+" has two relations.", "Keep one of @"+found.Name+" and @"+d.Name+".")
			return
		}
		found = d
	}
	switch {
	case found == nil && field.Type.Model == "":
		return
	case found == nil:
		c.wrong(f.Position, "The field "+f.Name+" holds the model "+field.Type.Model+" but is not a relation.", "Add @hasOne, @hasMany or @belongsTo.")
		return
	case field.Type.Model == "":
		c.wrong(found.Position, "@"+found.Name+" on "+f.Name+" leads to "+field.Type.Name()+", which is not a model.",
			"Make the field's type a @model, or remove @"+found.Name+".")
		return
	case found.Name == "hasMany" && !field.Array:
		c.wrong(f.Position, "@hasMany on "+f.Name+" needs a list.", "Write "+f.Name+": ["+field.Type.Model+"] @hasMany")
		return
	case found.Name != "hasMany" && field.Array:
		c.wrong(f.Position, "@"+found.Name+" on "+f.Name+" cannot be a list.", "Write "+f.Name+": "+field.Type.Model+" @"+found.Name)
		return
	}
	m.relations = append(m.relations, &relation{Field: field, owner: m, target: c.models[field.Type.Model], source: f,
		directive: found, kind: relationKinds[found.Name]})
}

func (c *compiler) badRelation(r *relation, argument, what, instead string) {
	r.bad = true
	c.wrong(positionOf(r.directive, argument), what, instead)
}

// relations finds the foreign keys: explicit ones first, then those of @hasMany and @hasOne, then
// @belongsTo takes over the key of the other side.
func (c *compiler) relations() {
	c.eachRelation(c.explicitKeys)
	c.eachRelation(c.mutualOwners)
	for _, named := range []bool{false, true} { // who names no key has the first choice
		c.eachRelation(func(r *relation) {
			if r.kind == schema.BelongsTo && (len(r.keys) > 0) == named {
				c.findOther(r)
			}
		})
	}
	c.eachRelation(func(r *relation) {
		switch {
		case r.kind == schema.BelongsTo || len(r.keys) > 0:
		case r.kind == schema.HasMany && r.other != nil && len(r.other.keys) > 0:
			r.keys = r.other.keys
		default:
			r.keys = r.implicitKeys(r.owner, r.target)
		}
	})
	c.eachRelation(c.belongsToKeys)
	c.eachRelation(c.associate)
}

func (c *compiler) eachRelation(f func(*relation)) {
	for _, m := range c.order {
		for _, r := range m.relations {
			if !r.bad {
				f(r)
			}
		}
	}
}

// implicitKeys are the names Amplify gives: for Post.comments postCommentsId, one per key field.
func (r *relation) implicitKeys(owner, target *model) []string {
	keyed := owner // @hasMany: the parent's key goes to the child
	if r.kind != schema.HasMany {
		keyed = target
	}
	var names []string
	for _, key := range keyed.Key {
		names = append(names, camel(owner.Name, r.Name, key))
	}
	return names
}

// explicitKeys reads fields, references and indexName.
func (c *compiler) explicitKeys(r *relation) {
	fields, references := stringsArgument(r.directive, "fields"), stringsArgument(r.directive, "references")
	index := stringArgument(r.directive, "indexName")
	switch {
	case fields != nil && references != nil:
		c.badRelation(r, "references", "@"+r.directive.Name+" has both fields and references.", "Keep one of them.")
	case references != nil && r.kind == schema.BelongsTo:
		c.keysOn(r, r.owner, r.target, "references", references)
	case references != nil:
		c.keysOn(r, r.target, r.owner, "references", references)
	case r.kind == schema.HasMany:
		c.hasManyKeys(r, fields, index)
	case fields != nil:
		c.keysOn(r, r.owner, r.target, "fields", fields)
	}
}

// keysOn checks foreign keys that are named: they exist on holder and fit the key of pointed.
func (c *compiler) keysOn(r *relation, holder, pointed *model, argument string, names []string) {
	if len(names) != len(pointed.Key) {
		c.badRelation(r, argument, "The key of "+pointed.Name+" has "+count(len(pointed.Key))+", but "+argument+" names "+count(len(names))+".",
			"Name one field for each of: "+strings.Join(pointed.Key, ", ")+".")
		return
	}
	for i, name := range names {
		f := holder.Field(name)
		if f == nil {
			c.badRelation(r, argument, "The field "+name+" does not exist in "+holder.Name+".",
				"Declare "+name+": "+pointed.keyTypeName(i)+" there, or "+lowerFirst(didYouMean(name, holder.storedNames())))
			return
		}
		if f.Array || !fits(f.Type, pointed.Field(pointed.Key[i])) {
			c.badRelation(r, argument, "The foreign key "+name+" has another type than "+pointed.Name+"."+pointed.Key[i]+".",
				"Write "+name+": "+pointed.keyTypeName(i))
			return
		}
	}
	r.keys = names
}

// fits: ID and String may point at one another.
func fits(t schema.Type, key *schema.Field) bool {
	if key == nil {
		return true // reported elsewhere
	}
	text := func(t schema.Type) bool { return t.Scalar == schema.ID || t.Scalar == schema.String }
	return t == key.Type || text(t) && text(key.Type)
}

func (m *model) keyTypeName(i int) string {
	if f := m.Field(m.Key[i]); f != nil {
		return f.Type.Name()
	}
	return "ID"
}

func count(n int) string {
	if n == 1 {
		return "one field"
	}
	return strconv.Itoa(n) + " fields"
}

// hasManyKeys reads the form @hasMany(indexName: "byPost", fields: ["id"]).
func (c *compiler) hasManyKeys(r *relation, fields []string, indexName string) {
	if fields != nil && !equalNames(fields, r.owner.Key) {
		c.badRelation(r, "fields", "The fields of @hasMany on "+r.Name+" are not the key of "+r.owner.Name+".",
			"Write fields: ["+quoted(strings.Join(r.owner.Key, `", "`))+"], or leave fields out.")
		return
	}
	if indexName == "" {
		if fields != nil {
			c.badRelation(r, "fields", "@hasMany on "+r.Name+" names fields but no index.",
				`Add indexName: "..." and @index(name: "...") on the foreign key in `+r.target.Name+", or remove fields.")
		}
		return
	}
	index := r.target.Index(indexName)
	if index == nil {
		var names []string
		for _, i := range r.target.Indexes {
			names = append(names, i.Name)
		}
		instead := "Add @index(name: " + quoted(indexName) + ") to the foreign key in " + r.target.Name + ", or remove indexName."
		if len(names) > 0 {
			instead += " " + didYouMean(indexName, names)
		}
		c.badRelation(r, "indexName", "The model "+r.target.Name+" has no index "+indexName+".", instead)
		return
	}
	n := len(r.owner.Key)
	if len(index.Fields) < n {
		c.badRelation(r, "indexName", "The index "+indexName+" has fewer fields than the key of "+r.owner.Name+".",
			"Give it one field for each of: "+strings.Join(r.owner.Key, ", ")+".")
		return
	}
	c.keysOn(r, r.target, r.owner, "indexName", index.Fields[:n])
}

func equalNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// mutualOwners reports two models that both say they own the other: a base sync could then not
// tell which of them comes first.
func (c *compiler) mutualOwners(r *relation) {
	if r.kind == schema.BelongsTo || r.owner.Name >= r.target.Name { // report each pair once
		return
	}
	for _, back := range r.target.relations {
		if back.kind != schema.BelongsTo && back.target == r.owner {
			c.badRelation(r, "", r.owner.Name+"."+r.Name+" and "+back.owner.Name+"."+back.Name+" point at one another as owners.",
				"Write @belongsTo on one of the two sides.")
			return
		}
	}
}

// findOther pairs a @belongsTo with the @hasMany or @hasOne on the other side.
func (c *compiler) findOther(r *relation) {
	var matches []*relation
	for _, back := range r.target.relations {
		if back.kind == schema.BelongsTo || back.target != r.owner || back.bad || back.other != nil {
			continue
		}
		onThisSide := back.kind == schema.HasMany || len(stringsArgument(back.directive, "references")) > 0
		if len(r.keys) > 0 && len(back.keys) > 0 && onThisSide && !equalNames(r.keys, back.keys) {
			continue
		}
		matches = append(matches, back)
	}
	switch {
	case len(matches) == 1:
		r.other, matches[0].other = matches[0], r
	case len(r.keys) > 0:
		return // its keys are named: it stands alone, or does not care which
	case len(matches) == 0:
		c.badRelation(r, "", r.target.Name+" has no relation to "+r.owner.Name+" that @belongsTo on "+r.Name+" could be the other side of.",
			"Add "+lowerFirst(Plural(r.owner.Name))+": ["+r.owner.Name+"] @hasMany to "+r.target.Name+", or name the foreign key: @belongsTo(fields: [\"...\"]).")
	default:
		c.badRelation(r, "", "@belongsTo on "+r.Name+" could be the other side of "+matches[0].Name+" or of "+matches[1].Name+" in "+r.target.Name+".",
			"Name the foreign key: @belongsTo(fields: [\"...\"]).")
	}
}

// belongsToKeys takes the key of the other side where none is named.
func (c *compiler) belongsToKeys(r *relation) {
	if r.kind != schema.BelongsTo || len(r.keys) > 0 {
		return
	}
	if r.other.kind == schema.HasMany || len(stringsArgument(r.other.directive, "references")) > 0 {
		r.keys = r.other.keys
		return
	}
	r.keys = r.implicitKeys(r.owner, r.target)
}
