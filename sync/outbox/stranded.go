package outbox

import (
	"strconv"

	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
)

// A mutation that was sent and not answered, and whose model left the schema since, can neither be
// sent again nor looked up: what asks for it can't be written any more. It stays as it was sent
// (rule 2), shows as held with the cause schema, and ends when the app discards it. If the model
// comes back, it goes on where it was.

// Stranded reports such a mutation.
func (o *Outbox) Stranded(m *store.Mutation) bool {
	return m.State == store.Sent && o.setup.Schema.Model(m.Key.Model) == nil
}

// StrandedCause is what the app is shown as the reason.
func StrandedCause(m *store.Mutation) *store.Cause {
	return &store.Cause{Code: app.CauseSchema, Message: "The schema no longer has the model " +
		strconv.Quote(m.Key.Model) + ", so nobody can ask whether the server has the change. Discard it, or " +
		"bring the model back."}
}

// ModelGone refuses what the app would do with a change whose model left the schema.
func ModelGone(m *store.Mutation) *app.Error {
	return app.NewError(app.CodeBadRequest, "The schema no longer has the model "+strconv.Quote(m.Key.Model)+
		". Discard the change, or bring the model back.")
}
