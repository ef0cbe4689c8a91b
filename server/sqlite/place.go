package sqlite

import (
	"errors"
	"os"

	"github.com/deltabase/deltabase/server"
)

// place is which file is open. A file that was deleted or replaced goes on taking writes, which nobody
// finds again: so its name is looked up before each commit and after it, before anybody is told.
type place struct{ file, wal os.FileInfo }

// note remembers the files behind the open connections.
func (t *Tables) note() error {
	file, err := os.Stat(t.path)
	if err != nil {
		return t.gone(err)
	}
	opened := &place{file: file}
	if wal, err := os.Stat(t.path + "-wal"); err == nil {
		opened.wal = wal
	}
	t.place.Store(opened)
	return nil
}

// inPlace fails when the database is no longer the file that was opened.
func (t *Tables) inPlace() error {
	opened := t.place.Load()
	if opened == nil {
		return nil
	}
	for name, opened := range map[string]os.FileInfo{t.path: opened.file, t.path + "-wal": opened.wal} {
		if opened == nil {
			continue
		}
		if now, err := os.Stat(name); err != nil || !os.SameFile(opened, now) {
			return t.gone(err)
		}
	}
	return nil
}

func (t *Tables) gone(cause error) error {
	return t.error(server.StorageGone,
		"the database %s was deleted or replaced while it was in use: nothing is written any more; put the file back and start the server again", cause)
}

var errNotKept = errors.New("sqlite: only tried")

const triedBytes = 16 << 10

// Writable tries whether a write would be accepted: whether the file is in its place, has room for some
// more pages, and can be committed to. It leaves nothing behind.
func (t *Tables) Writable() error {
	err := t.Update(func(w server.Writer) error {
		_, err := w.(*writer).tx.Exec(`INSERT INTO mutations (mutation, operation, model, id, version, changed_at, deleted, seq, text)
			VALUES ('', '', '', '', 0, 0, 0, 0, hex(zeroblob(?)))`, triedBytes/2)
		if err == nil {
			err = errNotKept
		}
		return err
	})
	if err != nil && !errors.Is(err, errNotKept) {
		return err
	}
	return t.Update(func(w server.Writer) error {
		_, err := w.Touch(0) // changes nothing
		return err
	})
}
