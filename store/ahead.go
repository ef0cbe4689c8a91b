package store

import "slices"

// Ahead is an image of some models as it will be when everything staged is committed. It walks through all of their
// records, so it is meant for questions in which one staged record can decide about many others.
func (s *Stage) Ahead(models []string) *Image {
	ahead := NewImage(s.image.schema)
	for _, model := range models {
		s.image.EachRow(model, func(row Row) bool {
			ahead.putRow(row)
			return true
		})
	}
	for _, m := range s.image.Outbox() {
		if slices.Contains(models, m.Key.Model) {
			ahead.putMutation(m)
		}
	}
	for _, c := range s.staged {
		ahead.Apply(c)
	}
	return ahead
}
