package sdl

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// connection translates @connection, which says by its arguments what @hasMany, @hasOne and @belongsTo
// say by their names. The keys get the names that the first transformer gave them.
func (t *firstTransformer) connection(d *ast.Definition, f *ast.FieldDefinition, connection *ast.Directive) {
	t.c.checkArguments(connection, directive{arguments: map[string]argumentKind{"name": oneString, "keyField": oneString,
		"sortField": oneString, "keyName": oneString, "limit": wholeNumber, "fields": stringList}})
	target := t.doc.Definitions.ForName(f.Type.Name())
	if target == nil || target.Directives.ForName("model") == nil {
		t.wrong(connection, "@connection on "+f.Name+" leads to "+f.Type.Name()+", which is not a model.",
			"Make it a @model, or remove @connection.")
		return
	}
	if len(target.Fields) == 0 || len(primaryKey(target)) == 0 || len(primaryKey(d)) == 0 {
		return // reported elsewhere
	}
	text := ""
	if f.Type.Elem != nil {
		text = t.many(d, f, connection, target)
	} else {
		text = t.one(d, f, connection, target)
	}
	if text != "" {
		t.replace(connection, text)
		t.told(connection, text)
	}
}

// many is a list: its key is a field of the other model.
func (t *firstTransformer) many(d *ast.Definition, f *ast.FieldDefinition, connection *ast.Directive, target *ast.Definition) string {
	limit := ""
	if a := connection.Arguments.ForName("limit"); a != nil {
		limit = "limit: " + a.Value.Raw
	}
	index, fields := stringArgument(connection, "keyName"), stringsArgument(connection, "fields")
	switch {
	case index != "":
		if fields == nil {
			fields = primaryKey(d)
		}
		return "@hasMany(" + joined("indexName: "+quoted(index), "fields: "+listed(fields), limit) + ")"
	case fields != nil: // by the key of the other model
		key := primaryKey(target)
		return "@hasMany(" + joined("references: "+listed(key[:min(len(fields), len(key))]), limit) + ")"
	}
	back := t.otherSide(f, connection, d, target)
	name, sort := stringArgument(connection, "name"), stringArgument(connection, "sortField")
	if back != nil && back.Type.Elem != nil {
		t.wrong(connection, "@connection(name: "+quoted(name)+") has lists on both sides.",
			`Write @manyToMany(relationName: "...") on both.`)
		return ""
	}
	if back == nil && sort == "" && stringArgument(connection, "keyField") == "" && !leadsTo(target, d.Name) {
		if limit == "" {
			return "@hasMany" // its implicit key has the same name
		}
		return "@hasMany(" + limit + ")"
	}
	if name == "" {
		name = d.Name + "." + f.Name
	}
	index = "gsi-" + name
	key, at := stringArgument(connection, "keyField"), t.beforeFields(target)
	typeName := t.keyType(d)
	if back != nil {
		key, at = t.ownKey(target, back), t.beforeField(back)
		typeName += bang(back)
	} else if key == "" {
		key = camel(d.Name, f.Name, "id")
	}
	arguments := joined("name: "+quoted(index), "", "queryField: null")
	if sort != "" {
		arguments = joined("name: "+quoted(index), "sortKeyFields: "+listed([]string{sort}), "queryField: null")
	}
	t.keyField(target, key, typeName, "@index("+arguments+")", at)
	return "@hasMany(" + joined("indexName: "+quoted(index), "fields: "+listed(primaryKey(d)[:1]), limit) + ")"
}

func joined(parts ...string) string {
	text := ""
	for _, part := range parts {
		if part != "" && text != "" {
			text += ", "
		}
		text += part
	}
	return text
}

func bang(f *ast.FieldDefinition) string {
	if f.Type.NonNull {
		return "!"
	}
	return ""
}

// keyType is the type of a foreign key to a model.
func (t *firstTransformer) keyType(d *ast.Definition) string {
	if f := d.Fields.ForName(primaryKey(d)[0]); f != nil {
		return f.Type.Name()
	}
	return "ID"
}

// ownKey is the key field of a connection that holds one record.
func (t *firstTransformer) ownKey(d *ast.Definition, f *ast.FieldDefinition) string {
	connection := f.Directives.ForName("connection")
	if key := stringArgument(connection, "keyField"); key != "" {
		return key
	}
	if fields := stringsArgument(connection, "fields"); fields != nil {
		return fields[0]
	}
	return camel(d.Name, f.Name, "id")
}

// one is a single record: its key is a field beside it.
func (t *firstTransformer) one(d *ast.Definition, f *ast.FieldDefinition, connection *ast.Directive, target *ast.Definition) string {
	back := t.otherSide(f, connection, d, target)
	fields := stringsArgument(connection, "fields")
	if fields != nil {
		if owned := back == nil && !leadsTo(target, d.Name) && !ownsByIndex(target); owned || t.owner(d, f, target, back) {
			return "@hasOne(fields: " + listed(fields) + ")"
		}
		return "@belongsTo(fields: " + listed(fields) + ")"
	}
	if back == nil || back.Type.Elem == nil { // a list declares the key, with its index
		t.keyField(d, t.ownKey(d, f), t.keyType(target)+bang(f), "", t.beforeField(f))
	}
	fields = []string{t.ownKey(d, f)}
	if t.owner(d, f, target, back) {
		return "@hasOne(fields: " + listed(fields) + ")"
	}
	return "@belongsTo(fields: " + listed(fields) + ")"
}

// owner tells which of two sides that hold one record each owns the other: the one that may be empty,
// or that is declared first.
func (t *firstTransformer) owner(d *ast.Definition, f *ast.FieldDefinition, target *ast.Definition, back *ast.FieldDefinition) bool {
	if back == nil || back.Type.Elem != nil || back == f {
		return false
	}
	if f.Type.NonNull != back.Type.NonNull {
		return !f.Type.NonNull
	}
	first := slices.Index(t.doc.Definitions, d)
	return first < slices.Index(t.doc.Definitions, target)
}

// otherSide is the field that a connection is one thing with: by its name; for one that names its
// fields, a list by the index that begins with them; for a single record, one that leads back.
func (t *firstTransformer) otherSide(f *ast.FieldDefinition, connection *ast.Directive, d, target *ast.Definition) *ast.FieldDefinition {
	name, fields := stringArgument(connection, "name"), stringsArgument(connection, "fields")
	for _, back := range target.Fields {
		other := back.Directives.ForName("connection")
		if other == nil || back == f || back.Type.Name() != d.Name {
			continue
		}
		switch {
		case name != "":
			if stringArgument(other, "name") == name {
				return back
			}
		case fields != nil && back.Type.Elem != nil:
			if index := indexFields(d, stringArgument(other, "keyName")); len(index) >= len(fields) && slices.Equal(index[:len(fields)], fields) {
				return back
			}
		case f.Type.Elem == nil && back.Type.Elem == nil && stringArgument(other, "name") == "" &&
			(fields == nil) == (stringsArgument(other, "fields") == nil):
			return back
		}
	}
	return nil
}

// leadsTo tells whether a type has a connection to another one.
func leadsTo(d *ast.Definition, name string) bool {
	for _, f := range d.Fields {
		if f.Type.Name() == name && f.Directives.ForName("connection") != nil {
			return true
		}
	}
	return false
}

// ownsByIndex tells whether a type has a list by an index. Amplify's codegen takes a single record of such
// a type for the owner, whatever the list holds.
func ownsByIndex(d *ast.Definition) bool {
	return slices.ContainsFunc(d.Fields, func(f *ast.FieldDefinition) bool {
		connection := f.Directives.ForName("connection")
		return connection != nil && f.Type.Elem != nil && stringArgument(connection, "keyName") != ""
	})
}
