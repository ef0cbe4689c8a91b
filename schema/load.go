package schema

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// Load reads the compiled form: {version, codegenVersion, models, nonModels, enums} as JSON text.
// Unknown keys are ignored; a missing or wrong part is a *LoadError that names the path.
func Load(text []byte) (*Schema, error) {
	if len(text) > SchemaBytesMax {
		return nil, wrong("", "The schema is larger than "+strconv.Itoa(SchemaBytesMax>>20)+" MiB.")
	}
	root, err := record.Parse(text)
	if err != nil {
		return nil, wrong("", err.Error())
	}
	if root.Kind() != record.Object {
		return nil, wrong("", "A schema is an object with models, nonModels and enums.")
	}
	s := &Schema{Version: root.Field("version").Str(), CodegenVersion: root.Field("codegenVersion").Str()}
	if s.CodegenVersion != "" && !supportedCodegen(s.CodegenVersion) {
		return nil, wrong("", "Models were generated with an unsupported version of codegen. Codegen artifacts are from "+
			s.CodegenVersion+", whereas ^3.2.0 is required. Update to the latest CLI and run 'amplify codegen models'.")
	}
	l := &loader{schema: s}
	l.each(root, "models", l.model)
	l.each(root, "nonModels", l.nonModel)
	l.each(root, "enums", l.enum)
	if l.err != nil {
		return nil, l.err
	}
	if !root.Field("models").Exists() {
		return nil, wrong("models", "The schema has no models.")
	}
	if err := s.Complete(); err != nil {
		return nil, err
	}
	return s, nil
}

func supportedCodegen(version string) bool {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	return major == "3" && err == nil && n >= 2
}

// loader keeps the first error; its methods do nothing after one.
type loader struct {
	schema *Schema
	err    error
}

func (l *loader) fail(path, reason string) {
	if l.err == nil {
		l.err = wrong(path, reason)
	}
}

// each calls f for the fields of the object v[part], which may be missing.
func (l *loader) each(v record.Value, part string, f func(path, name string, v record.Value)) {
	object := v.Field(part)
	if object.IsNull() {
		return
	}
	if object.Kind() != record.Object {
		l.fail(part, "This is not an object.")
		return
	}
	object.Fields(func(name string, v record.Value) bool {
		path := part + "." + name
		if v.Kind() != record.Object {
			l.fail(path, "This is not an object.")
		} else {
			f(path, name, v)
		}
		return l.err == nil
	})
}

func (l *loader) model(path, name string, v record.Value) {
	m := &Model{Name: name, Plural: v.Field("pluralName").Str(), Syncable: true, Fields: l.fields(path, v)}
	if m.Plural == "" {
		l.fail(path+".pluralName", "The plural name is missing.")
	}
	if syncable := v.Field("syncable"); syncable.Kind() == record.Bool {
		m.Syncable = syncable.Bool()
	}
	l.schema.Models = append(l.schema.Models, m)
	m.SubscriptionLevel = "on"
	m.CreatedAt, m.UpdatedAt = m.timestamp("createdAt"), m.timestamp("updatedAt")
	v.Field("attributes").Elements(func(i int, a record.Value) bool {
		l.attribute(path+".attributes["+strconv.Itoa(i)+"]", m, a)
		return true
	})
}

// timestamp returns name when the model has such a field, which the server then keeps up to date.
func (m *Model) timestamp(name string) string {
	if f := m.Field(name); f != nil && f.Type.Scalar != "" && !f.Array {
		return name
	}
	return ""
}

func (l *loader) attribute(path string, m *Model, a record.Value) {
	properties := a.Field("properties")
	switch a.Field("type").Str() {
	case "model":
		if t := properties.Field("timestamps"); t.Exists() {
			m.CreatedAt = renamed(t, "createdAt", m.CreatedAt)
			m.UpdatedAt = renamed(t, "updatedAt", m.UpdatedAt)
		}
		l.loadOperations(path+".properties", m, properties)
		subscriptions := properties.Field("subscriptions")
		if level := subscriptions.Field("level").Str(); level != "" {
			m.SubscriptionLevel = level
		}
		if subscriptions.Kind() == record.Null {
			m.SubscriptionLevel = "off"
		}
	case "key":
		fields := l.names(path+".properties.fields", properties.Field("fields"))
		if len(fields) == 0 {
			l.fail(path+".properties.fields", "A key names at least one field.")
			return
		}
		if name := properties.Field("name").Str(); name != "" {
			m.Indexes = append(m.Indexes, Index{Name: name, QueryField: properties.Field("queryField").Str(), Fields: fields})
			return
		}
		if m.CustomKey {
			l.fail(path, "The model has two primary keys.")
		}
		m.Key, m.CustomKey = fields, true
	case "auth":
		properties.Field("rules").Elements(func(_ int, rule record.Value) bool {
			m.Auth = append(m.Auth, l.authRule(path, rule))
			return true
		})
	}
}

// renamed reads one name of {timestamps}: null removes it, nothing keeps the default.
func renamed(timestamps record.Value, name, byDefault string) string {
	v := timestamps.Field(name)
	switch {
	case timestamps.Kind() == record.Null || v.Kind() == record.Null:
		return ""
	case v.Kind() == record.String:
		return v.Str()
	}
	return byDefault
}

func (l *loader) authRule(path string, v record.Value) AuthRule {
	r := AuthRule{
		Allow:         v.Field("allow").Str(),
		Provider:      v.Field("provider").Str(),
		OwnerField:    v.Field("ownerField").Str(),
		IdentityClaim: v.Field("identityClaim").Str(),
		Groups:        l.names(path+".groups", v.Field("groups")),
		GroupClaim:    v.Field("groupClaim").Str(),
		GroupsField:   v.Field("groupsField").Str(),
		Operations:    l.names(path+".operations", v.Field("operations")),
	}
	if r.Allow == "" {
		l.fail(path, "An auth rule has no allow.")
	}
	r.FillDefaults()
	return r
}

// names reads a list of strings; a single string counts as a list of one (older codegen).
func (l *loader) names(path string, v record.Value) []string {
	switch v.Kind() {
	case record.Missing, record.Null:
		return nil
	case record.String:
		return []string{v.Str()}
	case record.List:
		var names []string
		v.Elements(func(_ int, e record.Value) bool {
			if e.Kind() != record.String {
				l.fail(path, "This is not a list of names.")
			}
			names = append(names, e.Str())
			return true
		})
		return names
	}
	l.fail(path, "This is not a list of names.")
	return nil
}

func (l *loader) nonModel(path, name string, v record.Value) {
	l.schema.NonModels = append(l.schema.NonModels, &NonModel{Name: name, Fields: l.fields(path, v)})
}

func (l *loader) enum(path, name string, v record.Value) {
	values := l.names(path+".values", v.Field("values"))
	if len(values) == 0 {
		l.fail(path+".values", "An enum has at least one value.")
	}
	l.schema.Enums = append(l.schema.Enums, &Enum{Name: name, Values: values})
}
