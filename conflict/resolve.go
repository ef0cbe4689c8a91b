package conflict

import (
	"github.com/deltabase/deltabase/internal/canary"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Decision is what the app's conflictHandler decided.
type Decision string

const (
	ApplyRemote Decision = "applyRemote"
	RetryLocal  Decision = "retryLocal"
	RetryModel  Decision = "retry" // with a model
)

// Resend is the change that follows from a decision: an operation, the fields (only changed fields, with their whole
// values; for a delete the key fields) and the version to send. None is true when nothing is sent: the local change
// ends as discarded, or is held if Resolve gives a reason.
type Resend struct {
	Operation Operation
	Fields    record.Value
	Version   int64
	None      bool
}

// Reasons for which Resolve holds a change that can't be sent as decided.
const (
	ReasonTombstone = "tombstone" // the record was deleted on the server
	ReasonAbsent    = "absent"    // the server has no such record, not even a tombstone
)

// Resolve turns a decision into what is sent. local holds the changed fields (for a delete the key fields), remote is
// the server's current row, model is the handler's model for RetryModel.
//
//	ApplyRemote             nothing
//	RetryLocal of create    an update with the supplied fields, remote's version
//	RetryLocal of update    an update with the changed fields, remote's version
//	RetryModel of those     an update with the model's fields that differ from remote; nothing when
//	                        none does
//	either of delete        the delete, remote's version: what is in conflict stays what it was, and
//	                        only ApplyRemote keeps the row
//
// Fields that the app did not change are never sent, and never as null. When remote is a tombstone or missing, an
// update is not sent, and a reason says why. The delete of a tombstone is sent, because the server accepts it. The
// create of a missing row is sent again unchanged.
func Resolve(m *schema.Model, op Operation, local, remote record.Value, d Decision, model record.Value) (resend Resend, reason string) {
	if d != RetryLocal && d != RetryModel {
		return Resend{None: true}, ""
	}
	stamp := StampOf(remote)
	if op == Delete && !(canary.DeleteResurrects && d == RetryModel) {
		if remote.IsNull() {
			return Resend{None: true}, "" // nothing is left to delete
		}
		return Resend{Operation: Delete, Fields: WithoutMeta(local), Version: stamp.Version}, ""
	}
	switch {
	case remote.IsNull() && op == Create && d == RetryLocal:
		return Resend{Operation: Create, Fields: WithoutMeta(local)}, ""
	case remote.IsNull():
		return Resend{None: true}, ReasonAbsent
	case stamp.Deleted:
		return Resend{None: true}, ReasonTombstone
	}
	fields := writable(m, local)
	if d == RetryModel {
		fields = differing(m, remote, model)
	}
	if fields.Len() == 0 {
		return Resend{None: true}, ""
	}
	return Resend{Operation: Update, Fields: fields, Version: stamp.Version}, ""
}

// writable leaves out fields that no update input has.
func writable(m *schema.Model, fields record.Value) record.Value {
	var kept record.Builder
	fields.Fields(func(name string, value record.Value) bool {
		if !isMeta(name) && !m.IsKey(name) && !isReadOnly(m, name) {
			kept.Set(name, value)
		}
		return true
	})
	return kept.Object()
}

// differing picks the stored fields of model whose values differ from remote's. It leaves out fields that model lacks.
func differing(m *schema.Model, remote, model record.Value) record.Value {
	var picked record.Builder
	theirs, ours := record.IndexOf(remote), record.IndexOf(model)
	for _, f := range m.Stored() {
		value := ours.Field(f.Name)
		if !value.Exists() || isMeta(f.Name) || m.IsKey(f.Name) || f.ReadOnly {
			continue
		}
		if !SameValue(f, theirs.Field(f.Name), value) {
			picked.Set(f.Name, value)
		}
	}
	return picked.Object()
}

func isReadOnly(m *schema.Model, name string) bool {
	f := m.Field(name)
	return f != nil && f.ReadOnly
}
