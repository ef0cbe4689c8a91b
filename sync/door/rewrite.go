package door

import "github.com/deltabase/deltabase/store"

// rewrite is what has to be done for a database that was deleted while it was open: reads go on from the
// image, which is written anew, at once when changes are unsent, else before the next commit, which then
// goes again.
type rewrite struct {
	due      bool          // nothing else can be written before
	flying   bool          // the flying transaction is the Rebuild
	again    *store.Commit // met the deletion and goes again afterwards
	attempts int
}

// Gone reports that the database was deleted and is not written anew yet.
func (d *Door) Gone() bool { return d.rewrite.due }

// Lost takes the host's word that the database is gone.
func (d *Door) Lost() {
	d.deleted()
	if d.flyingID == 0 && d.owes() {
		d.rebuild()
	}
}

// deleted notes that the image is all there is.
func (d *Door) deleted() {
	if !d.rewrite.due {
		d.rewrite.due = true
		d.host.Deleted()
	}
}

// owes reports whether the image holds changes that are nowhere else.
func (d *Door) owes() bool { return len(d.Image.Outbox())+len(d.Image.Parked()) > 0 }

// metDeletion handles a commit, or a rebuild, that failed because the database is gone. The commit
// goes again once everything before it is written anew.
func (d *Door) metDeletion(fault *store.Fault) bool {
	if d.rewrite.flying {
		d.rewrite.flying, d.rewrite.again = false, nil
		d.rewrite.attempts++
		if d.owes() {
			d.clock.After("rebuild", d.clock.Retry(d.rewrite.attempts, 0), func() {
				if d.rewrite.due && d.flyingID == 0 && d.host.Halted() == nil && d.Image != nil {
					d.rebuild()
				}
			})
		}
		return false
	}
	if fault == nil || fault.Code != store.CodeDeleted || d.Image == nil {
		return false
	}
	d.rewrite.again = d.whole
	d.deleted()
	d.rebuild()
	return true
}

func (d *Door) rebuild() {
	d.clock.Forget("rebuild")
	d.rewrite.flying = true
	d.flyingID = d.host.Rebuild(d.Image.Whole())
}

func (d *Door) rebuilt() {
	again := d.rewrite.again
	d.rewrite, d.flyingID = rewrite{}, 0
	if again != nil {
		d.transact(again)
	}
}
