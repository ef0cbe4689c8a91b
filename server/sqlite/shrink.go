package sqlite

import (
	"strconv"

	"github.com/deltabase/deltabase/server"
)

// Shrink gives pages that a purge left empty back to the file system, some per transaction, and
// reports whether there are more. A file of a release before format 5 keeps its size: SQLite rearranges
// it only when it is written anew, as `deltabase backup` does.
func (t *Tables) Shrink() (again bool, err error) {
	err = t.Update(func(w server.Writer) error {
		again, err = w.(*writer).shrink()
		return err
	})
	return again && err == nil, err
}

func (w *writer) shrink() (again bool, err error) {
	var mode, free int
	if err := w.tx.QueryRow("PRAGMA auto_vacuum").Scan(&mode); err != nil || mode != autoVacuumIncremental {
		return false, err
	}
	if err := w.tx.QueryRow("PRAGMA freelist_count").Scan(&free); err != nil || free <= FreePagesKept {
		return false, err
	}
	if err := w.vacuum(min(free-FreePagesKept, FreePagesPerStep)); err != nil {
		return false, err
	}
	return free-FreePagesKept > FreePagesPerStep, nil
}

const autoVacuumIncremental = 2

// vacuum steps the pragma once per page: it gives back no more than it is stepped.
func (w *writer) vacuum(pages int) error {
	found, err := w.tx.Query("PRAGMA incremental_vacuum(" + strconv.Itoa(pages) + ")")
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
	}
	return found.Err()
}
