package server

import (
	"slices"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// mutation is one root field of a mutation document.
type mutation struct {
	model     *schema.Model
	operation conflict.Operation
	field     *selection
	id        string // mutation id, "" when the client sent none
	recordID  string
	input     record.Value // with the fields that the server fills in, without _version
	version   int64
	// An update or delete without _version comes from a client that does not use versions.
	unversioned bool
	condition   *query.Predicate
	stored      bool // the condition names an owner in its stored form
	may         rights
	strict      bool // the client does not want the change merged
	couldRead   bool // the caller could read the row before the change
	merged      bool // merged with a row that the caller had not seen
	trace       Trace
}

var mutationAccess = map[conflict.Operation]access{
	conflict.Create: createAccess, conflict.Update: updateAccess, conflict.Delete: deleteAccess,
}

// prepare reads and checks the arguments, as far as that is possible without the stored row.
func (x *execution) prepare(mu *mutation) error {
	input, condition := mu.field.arguments["input"], mu.field.arguments["condition"]
	var err error
	if mu.condition, err = query.Parse(mu.model, condition, query.Server); err != nil {
		return refuse("Unrecognized Filter", "Unable to process the condition expression: %s", err.Error())
	}
	mu.stored = namesStoredOwner(condition)
	mu.id = x.extensions.Mutations[mu.field.key]
	mu.strict = slices.Contains(x.extensions.Strict, mu.field.key)
	if len(mu.id) > MutationIDBytesMax {
		return refuse(appsync.BadRequest, "A mutation id has at most %d bytes.", MutationIDBytesMax)
	}
	mu.version, _ = input.Field(conflict.VersionField).Int()
	mu.unversioned = mu.operation != conflict.Create && input.Field(conflict.VersionField).IsNull()
	if mu.version < 0 {
		return refuse(appsync.BadRequest, "_version is the version that the change was made on; it is never negative.")
	}
	input = record.Without(input, conflict.VersionField)
	if mu.operation != conflict.Delete {
		sent, granted := input, false
		if input, granted = mu.may.granted(mu.model, sent, mu.operation == conflict.Create); !granted {
			return notAuthorized(mu.field.name, "Mutation")
		}
		if input, err = x.grantFields(mu, sent, input); err != nil {
			return err
		}
	}
	mu.input = x.filledIn(mu, input)
	if mu.recordID, err = mu.model.RecordID(mu.input); err != nil {
		return refuse(appsync.BadRequest, "%s", err.Error())
	}
	if len(mu.recordID) > IDBytesMax {
		return refuse(appsync.BadRequest, "The key of a record has at most %d bytes.", IDBytesMax)
	}
	mu.trace.RecordID, mu.trace.MutationID = mu.recordID, mu.id
	return x.checkInput(mu)
}

// filledIn adds the id, defaults and timestamps (docs/protocol.md#the-steps). It keeps a declared timestamp that the
// input has, even an explicit null.
func (x *execution) filledIn(mu *mutation, input record.Value) record.Value {
	m := mu.model
	var more record.Builder
	add := func(name string, v record.Value) {
		if name != "" && !input.Field(name).Exists() {
			more.Set(name, v)
		}
	}
	if mu.operation == conflict.Delete {
		return input
	}
	now := x.now()
	if mu.operation == conflict.Update {
		add(m.UpdatedAt, now)
		return record.Overlay(input, more.Object())
	}
	if m.IsKey("id") && input.Field("id").IsNull() {
		more.Set("id", record.OfString(x.server.options.NewID()))
	}
	for _, f := range m.Stored() {
		if f.Default.Exists() && !f.Default.IsNull() && input.Field(f.Name).IsNull() {
			more.Set(f.Name, f.Default)
		}
	}
	add(m.CreatedAt, now)
	add(m.UpdatedAt, now)
	return withoutNullKeys(m, record.Overlay(input, more.Object()))
}

// now is the host's clock as an AWSDateTime.
func (x *execution) now() record.Value {
	return record.OfString(time.UnixMilli(x.call.NowMs).UTC().Format("2006-01-02T15:04:05.000Z"))
}

// withoutNullKeys removes fields of indexes that are null at create: an index has no null keys, so there null means
// absent.
func withoutNullKeys(m *schema.Model, input record.Value) record.Value {
	var drop []string
	for _, index := range m.Indexes {
		for _, name := range index.Fields {
			if value := input.Field(name); value.Exists() && value.IsNull() {
				drop = append(drop, name)
			}
		}
	}
	return record.Without(input, drop...)
}

// checkInput refuses null for a required field. The type of the update input allows null, because every field may be
// left out there. AppSync would write it, and could then no longer read the row.
func (x *execution) checkInput(mu *mutation) error {
	if mu.operation == conflict.Delete {
		return nil
	}
	for _, f := range mu.model.Stored() {
		required := f.Required && !f.Array || f.Array && !f.ArrayNullable
		value := mu.input.Field(f.Name)
		if required && value.Exists() && value.IsNull() {
			return refuse(appsync.BadRequest, "Cannot return null for non-nullable type: '%s' within parent '%s' (/%s/%s). Nothing was written; send a value or leave the field out.",
				f.Type.Name(), mu.model.Name, mu.field.name, f.Name)
		}
	}
	return nil
}
