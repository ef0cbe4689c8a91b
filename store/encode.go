package store

import "github.com/deltabase/deltabase/record"

// EncodeCommit writes the JSON text of a log row, with its checksum (CRC-32C) in front:
//
//	{"crc":"89ab01cd","seq":7,"kind":"local","name":"save+outbox","strict":true,"orderMax":12,
//	 "rows":[{"model":"Post","id":"1","order":12,"base":{...}}],"removed":[{"model":"Post","id":"2"}],
//	 "mutations":[{"id":"m1","model":"Post","key":"1","operation":"create",...}],
//	 "ended":[{"id":"m0",...}],"meta":[{"key":"cursor/Post","value":...}],"clear":true}
//
// Empty parts are left out.
func EncodeCommit(c *Commit) []byte {
	size := 128
	for n := range c.Rows {
		size += 64 + len(c.Rows[n].ID) + len(c.Rows[n].Base.Text())
	}
	j := newSealed(size + 512*len(c.Mutations))
	j.setUint("seq", c.Seq)
	j.setString("kind", c.Kind.String())
	j.setString("name", c.Name)
	j.setBool("strict", c.Strict)
	j.setBool("clear", c.Clear)
	j.setUint("orderMax", c.OrderMax)
	j.list("rows", len(c.Rows), func(n int) {
		row := &c.Rows[n]
		j.setString("model", row.Model)
		j.setString("id", row.ID)
		j.setUint("order", row.Order)
		j.setValue("base", row.Base)
	})
	j.list("removed", len(c.Removed), func(n int) {
		j.setString("model", c.Removed[n].Model)
		j.setString("id", c.Removed[n].ID)
	})
	j.list("mutations", len(c.Mutations), func(n int) { j.setMutation(&c.Mutations[n]) })
	j.list("ended", len(c.Ended), func(n int) { j.setEnded(&c.Ended[n]) })
	j.list("meta", len(c.Meta), func(n int) {
		j.setString("key", c.Meta[n].Key)
		j.setValue("value", c.Meta[n].Value)
	})
	return j.seal()
}

func (j *jsonText) setMutation(m *Mutation) {
	j.setString("id", m.ID)
	j.setString("model", m.Key.Model)
	j.setString("key", m.Key.ID)
	j.setString("operation", string(m.Operation))
	j.setString("state", string(m.State))
	j.setValue("fields", m.Fields)
	j.setValue("base", m.Base)
	j.setInt("version", m.Version)
	j.setValue("condition", m.Condition)
	j.setUint("order", m.Order)
	j.setInt("savedAtMs", m.SavedAtMs)
	j.setString("schema", m.SchemaHash)
	j.setString("tab", m.Tab)
	j.setInt("attempts", int64(m.Attempts))
	j.setBool("resent", m.Resent)
	j.setBool("newId", m.NewID)
	j.setBool("upsert", m.Upsert)
	j.setBool("adopted", m.Adopted)
	j.setBool("sentElsewhere", m.SentElsewhere)
	if m.Cause != nil {
		j.name("cause")
		j.open('{')
		j.setString("code", m.Cause.Code)
		j.setString("message", m.Cause.Message)
		j.close('}')
	}
	j.setValue("remote", m.Remote)
	j.setString("owner", m.Owner)
	j.setString("app", m.App)
	j.setBool("away", m.Away)
}

func (j *jsonText) setEnded(e *Ended) {
	j.setString("id", e.MutationID)
	j.setString("model", e.Key.Model)
	j.setString("key", e.Key.ID)
	j.setString("operation", string(e.Operation))
	j.setString("end", string(e.End))
	j.setString("into", e.Into)
	if len(e.Fields) > 0 {
		var names record.ListBuilder
		for _, name := range e.Fields {
			names.AddString(name)
		}
		j.setValue("fields", names.List())
	}
	j.setInt("version", e.Version)
	j.setInt("atMs", e.AtMs)
}
