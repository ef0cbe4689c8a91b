package store

import "sort"

// Ephemeral makes a Store that lives as long as this program, for browsers that offer no IndexedDB.
func Ephemeral() *Database { return NewDatabase(NewEphemeral(), Limits{}) }

// NewEphemeral is the Backend under Ephemeral: maps.
func NewEphemeral() Backend {
	return &ephemeral{entries: map[Area]map[string][]byte{LogArea: {}, PagesArea: {}, MetaArea: {}}}
}

type ephemeral struct{ entries map[Area]map[string][]byte }

func (e *ephemeral) Write(b Batch) error {
	done := map[string]bool{} // log key -> whether it exists after the steps of the batch so far
	for _, op := range b.Ops {
		if op.Area != LogArea {
			continue
		}
		there, known := done[op.Key]
		if !known {
			_, there = e.entries[LogArea][op.Key]
		}
		if op.Kind == Add && there {
			return &Fault{Code: CodeFenced, Message: "another engine has taken this database over; reload to use it"}
		}
		done[op.Key] = op.Kind != Delete
	}
	for _, op := range b.Ops {
		if op.Kind == Delete {
			delete(e.entries[op.Area], op.Key)
		} else {
			e.entries[op.Area][op.Key] = op.Text
		}
	}
	return nil
}

func (e *ephemeral) ReadAll(each func(Area, string, []byte)) error {
	for _, area := range Areas {
		var keys []string
		for key := range e.entries[area] {
			keys = append(keys, key)
		}
		// Shorter keys first: that sorts decimal numbers.
		sort.Slice(keys, func(a, b int) bool {
			return len(keys[a]) < len(keys[b]) || len(keys[a]) == len(keys[b]) && keys[a] < keys[b]
		})
		for _, key := range keys {
			each(area, key, e.entries[area][key])
		}
	}
	return nil
}

func (e *ephemeral) Get(area Area, key string) ([]byte, bool, error) {
	text, found := e.entries[area][key]
	return text, found, nil
}

func (e *ephemeral) ReadEach(each func(Area, string, []byte)) error { return e.ReadAll(each) }
func (e *ephemeral) Reserve(int) error                              { return nil }
func (e *ephemeral) FreshLog()                                      {}
func (e *ephemeral) Renew() error                                   { return nil }
func (e *ephemeral) Close() error                                   { return nil }

func (e *ephemeral) Destroy() error {
	for area := range e.entries {
		e.entries[area] = map[string][]byte{}
	}
	return nil
}
