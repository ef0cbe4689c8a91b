package server

import (
	"math"

	"github.com/deltabase/deltabase/record"
)

const logNote = "log"

// namedLog is the log that the server writes. A database that was restored from a backup has a log of another
// generation than its note names.
type namedLog struct {
	generation string
	restored   int64 // the position from which the log of this generation goes on; 0 for one that never was a backup
}

// nameLog reads which log the tables have, and notes it where that is news.
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

// nextVersion is the version of a row's next change. A restored database leaves a gap, once in each row: changes
// that were lost with the old database had the numbers right behind the restored ones, and a client that still
// names one of them must not meet another change under it. A row that was created since may have had a life there, too.
func (l *namedLog) nextVersion(before Row) int64 {
	gap := before.Seq <= l.restored || l.restored > 0 && before.Version == 1
	if gap && before.Version > 0 && before.Version < math.MaxInt32-RestoredVersionGap {
		return before.Version + RestoredVersionGap
	}
	return before.Version + 1
}
