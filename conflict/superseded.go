package conflict

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Superseded compares what was sent with the row that came back. It names, in the order of sent, the fields that the
// server did not take as sent. Key, metadata and read-only fields and the model's timestamps don't count.
//
// resend names the fields that the server refused only because the version was old. What came back is the AUTOMERGE of
// base and sent, so the server's value was still base's; sending the field once more with the new version overwrites no
// other client's change (rule 3). In a list that case shows as the doubled list, in a map as the half-merged one. lost
// names the other fields.
//
// base is the server row that the change was made on. For a create it is Missing, and every difference is lost.
func Superseded(m *schema.Model, sent, base, returned record.Value) (resend, lost []string) {
	after, before := record.IndexOf(returned), record.IndexOf(base)
	sent.Fields(func(name string, value record.Value) bool {
		f := m.Field(name)
		if isMeta(name) || m.IsKey(name) || isTimestamp(m, name) || f != nil && f.ReadOnly {
			return true
		}
		now := after.Field(name)
		if SameValue(f, now, value) {
			return true
		}
		if !base.IsNull() {
			if merged, _ := mergeField(f, before.Field(name), value); SameValue(f, merged, now) {
				resend = append(resend, name)
				return true
			}
		}
		lost = append(lost, name)
		return true
	})
	return resend, lost
}
