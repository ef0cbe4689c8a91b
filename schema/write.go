package schema

import "github.com/deltabase/deltabase/record"

// JSON writes the compiled form, readable by Load and by Amplify's initSchema.
func (s *Schema) JSON() []byte {
	var root, models, enums, nonModels record.Builder
	for _, m := range s.Models {
		models.Set(m.Name, m.json())
	}
	for _, e := range s.Enums {
		var b record.Builder
		b.SetString("name", e.Name)
		b.Set("values", nameList(e.Values))
		enums.Set(e.Name, b.Object())
	}
	for _, n := range s.NonModels {
		var b record.Builder
		b.SetString("name", n.Name)
		b.Set("fields", fieldsJSON(n.Fields))
		nonModels.Set(n.Name, b.Object())
	}
	root.Set("models", models.Object())
	root.Set("enums", enums.Object())
	root.Set("nonModels", nonModels.Object())
	if s.CodegenVersion != "" {
		root.SetString("codegenVersion", s.CodegenVersion)
	}
	root.SetString("version", s.Version)
	return root.Object().Text()
}

func (m *Model) json() record.Value {
	var b record.Builder
	b.SetString("name", m.Name)
	b.Set("fields", fieldsJSON(m.Fields))
	b.SetBool("syncable", m.Syncable)
	b.SetString("pluralName", m.Plural)
	var attributes record.ListBuilder
	attributes.Add(attributeJSON("model", m.properties()))
	if m.CustomKey {
		var key record.Builder
		key.Set("fields", nameList(m.Key))
		attributes.Add(attributeJSON("key", key.Object()))
	}
	for _, index := range m.Indexes {
		var key record.Builder
		key.SetString("name", index.Name)
		key.Set("fields", nameList(index.Fields))
		setName(&key, "queryField", index.QueryField)
		attributes.Add(attributeJSON("key", key.Object()))
	}
	if len(m.Auth) > 0 {
		var rules record.ListBuilder
		for i := range m.Auth {
			rules.Add(m.Auth[i].json())
		}
		var auth record.Builder
		auth.Set("rules", rules.List())
		attributes.Add(attributeJSON("auth", auth.Object()))
	}
	b.Set("attributes", attributes.List())
	return b.Object()
}

// properties of the model attribute: only what differs from the defaults, as codegen does.
func (m *Model) properties() record.Value {
	var b record.Builder
	if m.CreatedAt != m.timestamp("createdAt") || m.UpdatedAt != m.timestamp("updatedAt") {
		var t record.Builder
		for _, name := range [][2]string{{"createdAt", m.CreatedAt}, {"updatedAt", m.UpdatedAt}} {
			if name[1] == "" {
				t.SetNull(name[0])
			} else {
				t.SetString(name[0], name[1])
			}
		}
		b.Set("timestamps", t.Object())
	}
	m.setOperations(&b)
	return b.Object()
}

func (r *AuthRule) json() record.Value {
	var b record.Builder
	setName(&b, "groupClaim", r.GroupClaim)
	setName(&b, "provider", r.Provider)
	setName(&b, "ownerField", r.OwnerField)
	b.SetString("allow", r.Allow)
	setName(&b, "identityClaim", r.IdentityClaim)
	if len(r.Groups) > 0 {
		b.Set("groups", nameList(r.Groups))
	}
	setName(&b, "groupsField", r.GroupsField)
	b.Set("operations", nameList(r.Operations))
	return b.Object()
}

func fieldsJSON(fields []*Field) record.Value {
	var b record.Builder
	for _, f := range fields {
		b.Set(f.Name, f.json())
	}
	return b.Object()
}

func (f *Field) json() record.Value {
	var b record.Builder
	b.SetString("name", f.Name)
	b.SetBool("isArray", f.Array)
	if f.Type.Scalar != "" {
		b.SetString("type", string(f.Type.Scalar))
	} else {
		var t record.Builder
		setName(&t, "enum", f.Type.Enum)
		setName(&t, "nonModel", f.Type.NonModel)
		setName(&t, "model", f.Type.Model)
		b.Set("type", t.Object())
	}
	b.SetBool("isRequired", f.Required)
	var attributes record.ListBuilder
	if f.Default.Exists() {
		var value record.Builder
		value.Set("value", f.Default)
		attributes.Add(attributeJSON("default", value.Object()))
	}
	b.Set("attributes", attributes.List())
	if f.Array {
		b.SetBool("isArrayNullable", f.ArrayNullable)
	}
	if f.ReadOnly {
		b.SetBool("isReadOnly", true)
	}
	if a := f.Association; a != nil {
		var association record.Builder
		association.SetString("connectionType", string(a.Kind))
		if len(a.AssociatedWith) > 0 {
			association.Set("associatedWith", nameList(a.AssociatedWith))
		}
		if len(a.TargetNames) > 0 {
			association.Set("targetNames", nameList(a.TargetNames))
		}
		b.Set("association", association.Object())
	}
	return b.Object()
}

func attributeJSON(kind string, properties record.Value) record.Value {
	var b record.Builder
	b.SetString("type", kind)
	b.Set("properties", properties)
	return b.Object()
}

func nameList(names []string) record.Value {
	var b record.ListBuilder
	for _, name := range names {
		b.AddString(name)
	}
	return b.List()
}

func setName(b *record.Builder, key, name string) {
	if name != "" {
		b.SetString(key, name)
	}
}
