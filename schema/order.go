package schema

// Order returns the models parents first (targets of BELONGS_TO before their children), otherwise
// in the order of the schema.
func (s *Schema) Order() []*Model { return s.order }

// Parents returns the models that m belongs to, itself excluded, in the order of its fields.
func (s *Schema) Parents(m *Model) []*Model {
	var parents []*Model
	for _, f := range m.Fields {
		if f.Association == nil || f.Association.Kind != BelongsTo || f.Type.Model == m.Name {
			continue
		}
		parent := s.Model(f.Type.Model)
		if parent != nil && !contains(parents, parent) {
			parents = append(parents, parent)
		}
	}
	return parents
}

func contains(models []*Model, m *Model) bool {
	for _, other := range models {
		if other == m {
			return true
		}
	}
	return false
}

// sort fills s.order; the message for a cycle is the one that Amplify users know.
func (s *Schema) sort() error {
	s.order = make([]*Model, 0, len(s.Models))
	const visiting, done = 1, 2
	state := make(map[*Model]int, len(s.Models))
	var visit func(m *Model) bool
	visit = func(m *Model) bool {
		switch state[m] {
		case visiting:
			return false
		case done:
			return true
		}
		state[m] = visiting
		for _, parent := range s.Parents(m) {
			if !visit(parent) {
				return false
			}
		}
		state[m] = done
		s.order = append(s.order, m)
		return true
	}
	for _, m := range s.Models {
		if !visit(m) {
			return wrong("", "Models are not topologically sortable. Please verify your schema.")
		}
	}
	return nil
}
