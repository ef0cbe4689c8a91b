package store

import (
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

// DecodeCommit reads the text of a log row. Fields that it does not know are ignored. The error
// is a *Fault with code corrupt.
func DecodeCommit(text []byte) (*Commit, error) {
	root, err := unseal(text)
	if err != nil {
		return nil, err
	}
	c, kind := &Commit{}, record.Value{}
	root.Fields(func(name string, value record.Value) bool {
		switch name {
		case "seq":
			c.Seq = unsigned(value)
		case "kind":
			kind = value
		case "name":
			c.Name = value.Str()
		case "strict":
			c.Strict = value.Bool()
		case "clear":
			c.Clear = value.Bool()
		case "orderMax":
			c.OrderMax = unsigned(value)
		case "rows":
			c.Rows = decodeList(value, decodeRow)
		case "removed":
			c.Removed = decodeList(value, decodeKey)
		case "mutations":
			c.Mutations = decodeList(value, decodeMutation)
		case "ended":
			c.Ended = decodeList(value, decodeEnded)
		case "meta":
			c.Meta = decodeList(value, decodeMeta)
		}
		return true
	})
	if c.Kind = kindOf(kind.Str()); !kind.Exists() {
		c.Kind = kindOfEarlier(c.Name)
	}
	if err := check(c); err != nil {
		return nil, err
	}
	return c, nil
}

// check refuses rows that no encoder writes, because they would make records without a name.
func check(c *Commit) error {
	for n := range c.Rows {
		if c.Rows[n].Model == "" || c.Rows[n].Base.Kind() != record.Object {
			return corrupt("a row in it has no model or no base")
		}
	}
	for n := range c.Mutations {
		if c.Mutations[n].ID == "" || c.Mutations[n].Key.Model == "" {
			return corrupt("a mutation in it has no id or no model")
		}
	}
	for n := range c.Ended {
		if c.Ended[n].MutationID == "" {
			return corrupt("a journal entry in it has no mutation id")
		}
	}
	return nil
}

func decodeList[T any](list record.Value, decode func(record.Value) T) []T {
	if list.Kind() != record.List {
		return nil
	}
	var all []T
	list.Elements(func(_ int, value record.Value) bool {
		all = append(all, decode(value))
		return true
	})
	return all
}

func decodeRow(object record.Value) (row Row) {
	object.Fields(func(name string, value record.Value) bool {
		switch name {
		case "model":
			row.Model = value.Str()
		case "id":
			row.ID = value.Str()
		case "order":
			row.Order = unsigned(value)
		case "base":
			row.Base = value
		}
		return true
	})
	return row
}

func decodeKey(object record.Value) Key {
	return Key{Model: object.Field("model").Str(), ID: object.Field("id").Str()}
}

func decodeMeta(object record.Value) MetaEntry {
	return MetaEntry{Key: object.Field("key").Str(), Value: object.Field("value")}
}

func decodeMutation(object record.Value) (m Mutation) {
	object.Fields(func(name string, value record.Value) bool {
		switch name {
		case "id":
			m.ID = value.Str()
		case "model":
			m.Key.Model = value.Str()
		case "key":
			m.Key.ID = value.Str()
		case "operation":
			m.Operation = conflict.Operation(value.Str())
		case "state":
			m.State = State(value.Str())
		case "fields":
			m.Fields = value
		case "base":
			m.Base = value
		case "version":
			m.Version, _ = value.Int()
		case "condition":
			m.Condition = value
		case "order":
			m.Order = unsigned(value)
		case "savedAtMs":
			m.SavedAtMs, _ = value.Int()
		case "schema":
			m.SchemaHash = value.Str()
		case "tab":
			m.Tab = value.Str()
		case "attempts":
			attempts, _ := value.Int()
			m.Attempts = int(attempts)
		case "resent":
			m.Resent = value.Bool()
		case "newId":
			m.NewID = value.Bool()
		case "upsert":
			m.Upsert = value.Bool()
		case "adopted":
			m.Adopted = value.Bool()
		case "sentElsewhere":
			m.SentElsewhere = value.Bool()
		case "cause":
			m.Cause = &Cause{Code: value.Field("code").Str(), Message: value.Field("message").Str()}
		case "remote":
			m.Remote = value
		case "owner":
			m.Owner = value.Str()
		case "app":
			m.App = value.Str()
		case "away":
			m.Away = value.Bool()
		}
		return true
	})
	return m
}

func decodeEnded(object record.Value) (e Ended) {
	object.Fields(func(name string, value record.Value) bool {
		switch name {
		case "id":
			e.MutationID = value.Str()
		case "model":
			e.Key.Model = value.Str()
		case "key":
			e.Key.ID = value.Str()
		case "operation":
			e.Operation = conflict.Operation(value.Str())
		case "end":
			e.End = End(value.Str())
		case "into":
			e.Into = value.Str()
		case "fields":
			e.Fields = decodeList(value, record.Value.Str)
		case "version":
			e.Version, _ = value.Int()
		case "atMs":
			e.AtMs, _ = value.Int()
		}
		return true
	})
	return e
}

func unsigned(value record.Value) uint64 {
	n, ok := value.Int()
	if !ok || n < 0 {
		return 0
	}
	return uint64(n)
}
