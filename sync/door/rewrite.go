package door

import "github.com/deltabase/deltabase/store"

// rewrite is the state of a database that was deleted while it was open. Reads go on from the image. The image is
// written anew: at once when it holds unsent changes, else before the next commit, which is then tried again.
type rewrite struct {
	due      bool          // nothing else can be written until the image is
	flying   bool          // the transaction under way is the Rebuild
	again    *store.Commit // the commit that failed because of the deletion, to be written after the Rebuild
	attempts int
}

// Gone reports whether the database was deleted and not written anew yet.
func (d *Door) Gone() bool { return d.rewrite.due }

// Lost notes that the host found the database gone.
func (d *Door) Lost() {
	d.deleted()
	if d.flyingID == 0 && d.owes() {
		d.rebuild()
	}
}

// deleted notes that only the image is left.
func (d *Door) deleted() {
	if !d.rewrite.due {
		d.rewrite.due = true
		d.host.Deleted()
	}
}

// owes reports whether the image holds changes that are stored nowhere else.
func (d *Door) owes() bool { return len(d.Image.Outbox())+len(d.Image.Parked()) > 0 }

// metDeletion handles a commit or a Rebuild that failed because the database is gone. The commit is written again after
// a Rebuild has succeeded.
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
