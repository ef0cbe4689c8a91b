package server

import (
	"math"

	"github.com/deltabase/deltabase/record"
)

const logNote = "log"

// namedLog identifies the log that the server writes. The log of a database that was restored from a backup has another
// generation than the one in its note.
type namedLog struct {
	generation string
	restored   int64 // the position from which the log of this generation goes on; 0 when the database was never restored
}

// nameLog reads the identity of the tables' log, and notes it when it is new.
func (s *Server) nameLog() error {
	read := func(r Reader) (l *namedLog, news bool, err error) {
		p, err := r.Position()
		if err != nil {
			return nil, false, err
		}
		text, err := r.Note(logNote)
		if err != nil {
			return nil, false, err
		}
		note := record.TrustString(text)
		l = &namedLog{generation: p.Generation}
		l.restored, _ = note.Field("restored").Int()
		news = note.Field("generation").Str() != p.Generation
		if news && text != "" {
			l.restored = p.Seq
		}
		return l, news, nil
	}
	var l *namedLog
	news := false
	err := s.tables.View(func(r Reader) (err error) {
		l, news, err = read(r)
		return err
	})
	if err == nil && news {
		err = s.tables.Update(func(w Writer) error {
			if l, news, err = read(w); err != nil || !news {
				return err
			}
			return w.PutNote(logNote, l.text())
		})
	}
	if err == nil {
		s.log = *l
	}
	return err
}

func (l *namedLog) text() string {
	var b record.Builder
	b.SetString("generation", l.generation)
	b.SetInt("restored", l.restored)
	return b.Object().String()
}

// nextVersion is the version of a row's next change. In a restored database each row skips some versions once. Changes
// that were lost with the old database had the versions right after the restored ones, and a client that still names
// one of those must not be matched with another change. A record that was created since the restore skips them as well,
// because the old database may have had it.
func (l *namedLog) nextVersion(before Row) int64 {
	gap := before.Seq <= l.restored || l.restored > 0 && before.Version == 1
	if gap && before.Version > 0 && before.Version < math.MaxInt32-RestoredVersionGap {
		return before.Version + RestoredVersionGap
	}
	return before.Version + 1
}
