package push

import (
	"strconv"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
)

// wire is a mutation in the form that is sent: key and changed fields, the version, and the condition without key
// fields. Owners that are null are left out, because the server refuses them.
func (p *Push) wire(model *schema.Model, m *store.Mutation) appsync.Mutation {
	sh := p.setup.Shape(model.Name)
	input, err := model.KeyFields(m.Key.ID)
	if err != nil {
		input = record.Pick(m.Fields, model.Key...)
	}
	if m.Operation != conflict.Delete {
		var nullOwners []string
		for _, name := range sh.Owners {
			if m.Fields.Field(name).Kind() == record.Null {
				nullOwners = append(nullOwners, name)
			}
		}
		input = record.Overlay(input, record.Without(m.Fields, nullOwners...))
	}
	if m.Operation != conflict.Create {
		var version record.Builder
		version.SetInt(conflict.VersionField, m.Version)
		input = record.Overlay(input, version.Object())
	}
	out := appsync.Mutation{ID: wireID(m), Model: model, Operation: m.Operation, Input: input,
		Strict: m.Resent && m.Operation == conflict.Update}
	if m.Condition.Exists() && m.Operation != conflict.Create {
		out.Condition = m.Condition // if the schema no longer knows it, the server refuses it
		if p, err := query.Parse(model, m.Condition, query.Client); err == nil {
			out.Condition = p.Without(model.Key...).Filter()
		}
	}
	return out
}

// wireID is the id of a mutation on the wire. A refused mutation that is sent again with other contents needs another
// wire id, because the server answers an id that it knows with the old outcome; the app's id stays the same. The "~"
// keeps wire ids apart from derived mutations, which have a "/".
func wireID(m *store.Mutation) string {
	if m.Attempts == 0 {
		return m.ID
	}
	return m.ID + "~" + strconv.Itoa(m.Attempts+1)
}
