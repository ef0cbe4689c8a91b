package memory

// Count returns how many rows a model has, tombstones included.
func (r reader) Count(name string) (int64, error) {
	m := r.t.models[name]
	if m == nil {
		return 0, nil
	}
	return int64(len(m.ids)), nil
}
