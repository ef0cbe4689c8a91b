package schema

import "strconv"

// LoadError says what is wrong with a schema and where, as a path such as
// models.Post.fields.title; Path is empty when it is about the schema as a whole.
type LoadError struct {
	Path   string
	Reason string // a sentence
}

func (e *LoadError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return "schema: " + e.Path + ": " + e.Reason
}

func wrong(path, reason string) error { return &LoadError{Path: path, Reason: reason} }

// Complete checks that the parts of a schema fit together and prepares what its methods read.
// Load calls it; who makes a Schema by other means does so once, before its first use. The
// schema must not be changed afterwards.
func (s *Schema) Complete() error {
	if len(s.Models) > ModelsMax {
		return wrong("models", "There are more than "+strconv.Itoa(ModelsMax)+" models.")
	}
	if err := s.checkNames(); err != nil {
		return err
	}
	s.models = make(map[string]*Model, len(s.Models))
	for _, m := range s.Models {
		s.models[m.Name] = m
		m.implied, m.stored = nil, nil
		if len(m.Key) == 0 {
			m.Key = []string{"id"}
		}
	}
	for _, n := range s.NonModels {
		s.embed(n.Fields)
		if err := s.checkEmbedded("nonModels."+n.Name, n, 1); err != nil {
			return err
		}
	}
	for _, m := range s.Models {
		s.embed(m.Fields)
		if err := s.checkReferences("models."+m.Name, m.Fields); err != nil {
			return err
		}
	}
	for _, m := range s.Models {
		s.implyKeys(m)
	}
	for _, m := range s.Models {
		m.stored = m.storedFields()
		if err := m.checkKeys(); err != nil {
			return err
		}
	}
	if err := s.sort(); err != nil {
		return err
	}
	s.hash = s.makeHash()
	return nil
}

func (s *Schema) embed(fields []*Field) {
	for _, f := range fields {
		f.embedded = s.NonModel(f.Type.NonModel)
	}
}

func (s *Schema) checkNames() error {
	seen := map[string]string{}
	take := func(part, name string) error {
		path := part + "." + name
		if err := checkName(path, name); err != nil {
			return err
		}
		if _, scalar := ScalarOf(name); scalar {
			return wrong(path, "A scalar has this name; choose another one.")
		}
		if other, taken := seen[name]; taken {
			return wrong(path, "The name is taken by "+other+"."+name+".")
		}
		seen[name] = part
		return nil
	}
	for _, m := range s.Models {
		if err := take("models", m.Name); err != nil {
			return err
		}
		if err := checkFieldNames("models."+m.Name, m.Fields); err != nil {
			return err
		}
	}
	for _, n := range s.NonModels {
		if err := take("nonModels", n.Name); err != nil {
			return err
		}
		if err := checkFieldNames("nonModels."+n.Name, n.Fields); err != nil {
			return err
		}
	}
	for _, e := range s.Enums {
		if err := take("enums", e.Name); err != nil {
			return err
		}
	}
	return nil
}

func checkFieldNames(path string, fields []*Field) error {
	if len(fields) > FieldsMax {
		return wrong(path, "There are more than "+strconv.Itoa(FieldsMax)+" fields.")
	}
	seen := make(map[string]bool, len(fields))
	for _, f := range fields {
		at := path + ".fields." + f.Name
		if err := checkName(at, f.Name); err != nil {
			return err
		}
		if seen[f.Name] {
			return wrong(at, "The field is declared twice.")
		}
		seen[f.Name] = true
	}
	return nil
}

// checkName holds names to GraphQL's rule, and keeps out those that mean something to JavaScript.
func checkName(path, name string) error {
	if ReservedName(name) {
		return wrong(path, "This name is part of every JavaScript object; choose another one.")
	}
	for i := 0; i < len(name); i++ {
		c := name[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return wrong(path, "A name has letters, digits and _ only, and begins with no digit.")
		}
	}
	if name == "" {
		return wrong(path, "The name is empty.")
	}
	return nil
}

func (s *Schema) checkReferences(path string, fields []*Field) error {
	for _, f := range fields {
		at := path + ".fields." + f.Name
		t := f.Type
		switch {
		case t.Scalar != "":
			if _, ok := ScalarOf(string(t.Scalar)); !ok {
				return wrong(at, "There is no scalar "+string(t.Scalar)+".")
			}
		case t.Enum != "" && s.Enum(t.Enum) == nil:
			return wrong(at, "There is no enum "+t.Enum+".")
		case t.NonModel != "" && s.NonModel(t.NonModel) == nil:
			return wrong(at, "There is no embedded type "+t.NonModel+".")
		case t.Model != "" && s.Model(t.Model) == nil:
			return wrong(at, "There is no model "+t.Model+".")
		case t == (Type{}):
			return wrong(at, "The field has no type.")
		}
	}
	return nil
}

// checkEmbedded refuses embedded types that contain themselves: reading one would never end.
func (s *Schema) checkEmbedded(path string, n *NonModel, depth int) error {
	if depth > EmbeddedMax {
		return wrong(path, "Embedded types contain one another without end, or more than "+
			strconv.Itoa(EmbeddedMax)+" deep.")
	}
	if err := s.checkReferences(path, n.Fields); err != nil {
		return err
	}
	for _, f := range n.Fields {
		if f.Type.NonModel != "" {
			if err := s.checkEmbedded(path, s.NonModel(f.Type.NonModel), depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// implyKeys adds the foreign keys that relations and indexes name and that no field declares.
func (s *Schema) implyKeys(m *Model) {
	for _, f := range m.Fields {
		if f.Association == nil {
			continue
		}
		target := s.Model(f.Type.Model)
		if target == nil {
			continue
		}
		if f.Association.Kind != HasMany {
			for i, name := range f.Association.TargetNames {
				m.imply(name, target.keyType(i), f.Required)
			}
		}
		if f.Association.Kind == HasMany {
			for i, name := range f.Association.AssociatedWith {
				target.imply(name, m.keyType(i), false)
			}
		}
	}
	for _, index := range m.Indexes {
		for _, name := range index.Fields {
			m.imply(name, ID, false)
		}
	}
	for _, name := range m.Undeclared {
		m.imply(name, String, false)
	}
}

func (m *Model) imply(name string, scalar Scalar, required bool) {
	if m.Field(name) == nil && name != "" {
		m.implied = append(m.implied, &Field{Name: name, Type: Type{Scalar: scalar}, Required: required})
	}
}

// keyType is the type of the i-th key field.
func (m *Model) keyType(i int) Scalar {
	if i < len(m.Key) {
		if f := m.Field(m.Key[i]); f != nil && f.Type.Scalar != "" {
			return f.Type.Scalar
		}
	}
	return ID
}

func (m *Model) checkKeys() error {
	for _, name := range m.Key {
		f := m.Field(name)
		if f == nil {
			return wrong("models."+m.Name+".attributes", "The key field "+name+" is not declared.")
		}
		if f.Array || f.Type.Model != "" || f.Type.NonModel != "" {
			return wrong("models."+m.Name+".fields."+name, "A key field holds a single scalar or enum value.")
		}
	}
	for _, index := range m.Indexes {
		for _, name := range index.Fields {
			if f := m.Field(name); f.Array || f.Type.Model != "" || f.Type.NonModel != "" {
				return wrong("models."+m.Name+".fields."+name,
					"The index "+index.Name+" needs a single scalar or enum value here.")
			}
		}
	}
	return nil
}
