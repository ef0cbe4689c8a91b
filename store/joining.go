package store

import (
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// joining finds staged records by the values that join them to others. It grows with the stage.
type joining struct {
	model  string
	fields []string
	keys   map[string][]Key // by schema.JoinText of the fields that a record has or had while staged
}

// Joining returns the records of a model that staged commits changed, and whose fields had the given schema.JoinText
// after one of them. Some may have another text by now, and some are returned more than once. Each staged change costs
// something once; a call costs only what it returns.
func (s *Stage) Joining(model string, fields []string, text string) []Key {
	name := model + "\x00" + strings.Join(fields, "\x00")
	j := s.over.joinings[name]
	if j == nil {
		if s.over.joinings == nil {
			s.over.joinings = map[string]*joining{}
		}
		j = &joining{model: model, fields: fields, keys: map[string][]Key{}}
		s.over.joinings[name] = j
		for _, c := range s.staged {
			s.note(j, c)
		}
	}
	return j.keys[text]
}

// note adds the records that a commit changes.
func (s *Stage) note(j *joining, c *Commit) {
	add := func(key Key) {
		if key.Model != j.model {
			return
		}
		if text, ok := schema.JoinText(s.View(key), j.fields); ok {
			j.keys[text] = append(j.keys[text], key)
		}
	}
	for n := range c.Mutations {
		add(c.Mutations[n].Key)
	}
	for n := range c.Ended {
		add(c.Ended[n].Key)
	}
}
