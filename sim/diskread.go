package sim

import (
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// readBatch reads a transaction; nil when it is none of the engine's commits.
func readBatch(b store.Batch) *diskCommit {
	var c *diskCommit
	for _, op := range b.Ops {
		if op.Kind == store.Add && op.Area == store.LogArea {
			c = readCommit(op.Text)
		}
	}
	if c == nil || b.Name == "fold" || b.Name == "open" {
		return nil
	}
	c.strict, c.cursors = b.Strict, map[string]record.Value{}
	for _, op := range b.Ops {
		switch op.Area {
		case store.PagesArea:
			if op.Kind == store.Put {
				c.readPage(op.Text)
			}
		case store.MetaArea:
			c.readMeta(op)
		}
	}
	return c
}

// readPage takes the rows that this commit wrote into a page.
func (c *diskCommit) readPage(text []byte) {
	page := record.Trust(text)
	model := page.Field("model").Str()
	page.Field("rows").Elements(func(_ int, row record.Value) bool {
		if uint64(number(row.Field("seq"))) == c.seq {
			c.rows[key{model, row.Field("id").Str()}] = row.Field("base")
		}
		return true
	})
}

func (c *diskCommit) readMeta(op store.Op) {
	value := record.Value{}
	if op.Kind != store.Delete {
		value = record.Trust(op.Text).Field("value")
	}
	if model, ok := strings.CutPrefix(op.Key, "cursor/"); ok {
		c.cursors[model] = value
	}
	if op.Key == "db/epoch" {
		c.epoch = number(value)
	}
	if op.Key == "subject/userPools" {
		c.subject = value.Str()
	}
}

// readCommit reads a row of the log.
func readCommit(text []byte) *diskCommit {
	c := &diskCommit{rows: map[key]record.Value{}}
	each := func(list record.Value, f func(record.Value)) {
		list.Elements(func(_ int, v record.Value) bool {
			f(v)
			return true
		})
	}
	record.Trust(text).Fields(func(name string, v record.Value) bool {
		switch name {
		case "seq":
			c.seq = uint64(number(v))
		case "name":
			c.name = v.Str()
		case "clear":
			c.clear = v.Bool()
		case "rows":
			each(v, func(row record.Value) {
				c.rows[key{row.Field("model").Str(), row.Field("id").Str()}] = row.Field("base")
			})
		case "removed":
			each(v, func(k record.Value) {
				c.removed = append(c.removed, key{k.Field("model").Str(), k.Field("id").Str()})
			})
		case "mutations":
			each(v, func(m record.Value) { c.mutations = append(c.mutations, readMutation(m)) })
		case "ended":
			each(v, func(e record.Value) { c.ended = append(c.ended, readEnd(e)) })
		}
		return true
	})
	return c
}

func readMutation(v record.Value) *diskMutation {
	m := &diskMutation{}
	v.Fields(func(name string, v record.Value) bool {
		switch name {
		case "id":
			m.id = v.Str()
		case "model":
			m.key.model = v.Str()
		case "key":
			m.key.id = v.Str()
		case "operation":
			m.operation = v.Str()
		case "state":
			m.state = v.Str()
		case "fields":
			m.fields = v
		case "base":
			m.base = v
		case "version":
			m.version = number(v)
		case "condition":
			m.condition = v
		case "order":
			m.order = uint64(number(v))
		case "cause":
			m.cause = v.Field("code").Str()
		case "attempts":
			m.attempts = number(v)
		case "resent":
			m.resent = v.Bool()
		}
		return true
	})
	return m
}

func readEnd(v record.Value) *diskEnd {
	e := &diskEnd{id: v.Field("id").Str(), end: v.Field("end").Str(), into: v.Field("into").Str(),
		operation: v.Field("operation").Str(), version: number(v.Field("version")),
		key: key{v.Field("model").Str(), v.Field("key").Str()}}
	v.Field("fields").Elements(func(_ int, name record.Value) bool {
		e.fields = append(e.fields, name.Str())
		return true
	})
	return e
}
