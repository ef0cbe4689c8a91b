package store

// reserve is about 1 MB of padding on the disk. When the disk is full, the padding is deleted so that saves still fit,
// and only data that can be fetched again has to wait:
//
//	whole ── a strict commit finds no room: the reserve goes, the commit is tried again ──▶ spent
//	  ▲                                                                                       │
//	  └── a relaxed commit, or an idle moment, puts the reserve back before anything else ────┘
//
// So while there is no room for the reserve, relaxed commits (pulled rows) fail with code quota. Strict ones (saves,
// acknowledgements) go on until the reserve's room is used up as well.
type reserve uint8

const (
	reserveUnknown reserve = iota // this program has not checked yet
	reserveWhole
	reserveSpent
)

// writeInRoom writes a commit and makes room for it if it may.
func (d *Database) writeInRoom(b Batch) error {
	if d.reserve == reserveSpent && !b.Strict {
		if err := d.keepReserve(); err != nil {
			d.full = true
			return err
		}
	}
	err := d.write(b)
	if !b.Strict {
		d.full = err != nil && err.(*Fault).Code == CodeQuota
	}
	if err == nil || err.(*Fault).Code != CodeQuota || !b.Strict || d.reserve == reserveSpent {
		return err
	}
	if d.backend.Reserve(0) != nil {
		return err
	}
	d.reserve = reserveSpent
	// Chromium counts the room as free only some time after the transaction that removed the padding.
	for range roomAttemptsMax {
		if err = d.write(b); err == nil || err.(*Fault).Code != CodeQuota {
			break
		}
	}
	return err
}

// keepReserve makes sure that the reserve is there.
func (d *Database) keepReserve() error {
	if d.reserve == reserveWhole {
		return nil
	}
	if err := d.backend.Reserve(d.limits.ReserveBytes); err != nil {
		return AsFault(err)
	}
	d.reserve = reserveWhole
	return nil
}

// write runs a transaction. When its connection broke, it finds out whether the transaction was carried out. Every
// error is a *Fault; a Doubtful one is final, because what is on the disk is no longer known.
func (d *Database) write(b Batch) error {
	err := d.backend.Write(b)
	if err == nil {
		return nil
	}
	fault := AsFault(err)
	if fault.Doubtful {
		if fault = d.resolve(b, fault); fault == nil {
			return nil
		}
	}
	if fault.Code == CodeFenced || fault.Doubtful {
		d.fault = fault
	}
	return fault
}

// resolve looks for the log row of a batch whose answer was lost. If it is ours, the batch was carried out. If it is
// another writer's, this writer is fenced. If there is none, the batch was not carried out. A fold has no log row to
// look for.
func (d *Database) resolve(b Batch, fault *Fault) *Fault {
	if b.Kind.Has(Folding) {
		return fault
	}
	for _, op := range b.Ops {
		if op.Kind != Add {
			continue
		}
		text, found, err := d.backend.Get(op.Area, op.Key)
		switch {
		case err != nil:
			return fault
		case found && string(text) == string(op.Text):
			return nil
		case found:
			return &Fault{Code: CodeFenced, Message: "another engine has taken this database over; reload to use it"}
		}
	}
	certain := *fault
	certain.Doubtful = false
	return &certain
}
