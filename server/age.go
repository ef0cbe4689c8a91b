package server

import "github.com/deltabase/deltabase/record"

// NextTime is the time of the next change: the clock's time, but never earlier than that of the last change. When the
// clock is behind, because it once ran ahead, each change gets a time one millisecond later than the one before. A
// delta since the last change then holds only what came later, and not everything since the clock was wrong.
func NextTime(lastMs, nowMs int64) int64 {
	if lastMs-nowMs > ClockAheadMs {
		return lastMs + 1
	}
	return max(lastMs, nowMs)
}

const agesNote = "ages"

// ages knows how old each position is, counted in time for which servers ran on the database. What expires can't be
// brought back, and a wall clock may be wrong in both directions. So ages adds up only how long hosts say that they
// have run, and notes for some positions at which count they were reached. While no server runs, nothing grows older.
// All of it is stored in a note.
type ages struct {
	atMs       int64 // the clock at the last count, so that servers that run at once count the same time once
	ranMs      int64 // for how long servers ran
	log        []reached
	tombstones []reached // for tombstones and mutation ids: further back, and at greater distances
	savedMs    int64     // ranMs as the note has it
	fresh      bool      // no note was written yet
}

// reached says that a position had been reached when servers had run for this long.
type reached struct{ ranMs, seq int64 }

func readAges(r Reader) (*ages, error) {
	text, err := r.Note(agesNote)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return &ages{fresh: true}, nil
	}
	note := record.TrustString(text)
	a := &ages{log: readReached(note.Field("log")), tombstones: readReached(note.Field("tombstones"))}
	a.atMs, _ = note.Field("at").Int()
	a.ranMs, _ = note.Field("ran").Int()
	a.savedMs = a.ranMs
	return a, nil
}

func readReached(list record.Value) (all []reached) {
	list.Elements(func(_ int, one record.Value) bool {
		var r reached
		r.ranMs, _ = one.Field("ran").Int()
		r.seq, _ = one.Field("seq").Int()
		all = append(all, r)
		return true
	})
	return all
}

func (a *ages) text() string {
	var b record.Builder
	b.SetInt("at", a.atMs)
	b.SetInt("ran", a.ranMs)
	b.Set("log", reachedList(a.log))
	b.Set("tombstones", reachedList(a.tombstones))
	return b.Object().String()
}

func reachedList(all []reached) record.Value {
	var list record.ListBuilder
	for _, r := range all {
		var one record.Builder
		one.SetInt("ran", r.ranMs)
		one.SetInt("seq", r.seq)
		list.Add(one.Object())
	}
	return list.List()
}

// count adds the time that this server has run since its last count, except what another server has counted. The clock
// can only make it less. It returns the time that it added.
func (a *ages) count(nowMs, ranMs int64) int64 {
	if a.fresh {
		return 0
	}
	added := max(0, min(ranMs, nowMs-a.atMs))
	a.ranMs += added
	return added
}

// note records that a position was reached, and reports whether the record is worth a commit.
func (a *ages) note(nowMs, seq, logMs, tombstoneMs int64) bool {
	news := a.fresh || nowMs < a.atMs || a.ranMs-a.savedMs >= AgesSavedEveryMs
	a.log, news = reach(a.log, reached{a.ranMs, seq}, logMs, news)
	a.tombstones, news = reach(a.tombstones, reached{a.ranMs, seq}, tombstoneMs, news)
	a.atMs = nowMs
	return news
}

// reach adds a position that is new and far enough from the last one. It drops positions that are no longer needed.
func reach(all []reached, now reached, keptMs int64, news bool) ([]reached, bool) {
	for len(all) > 1 && all[1].ranMs <= now.ranMs-keptMs {
		all = all[1:]
	}
	n := len(all)
	if n == 0 || now.seq > all[n-1].seq && now.ranMs-all[n-1].ranMs >= max(AgesEveryMs, keptMs/AgesMax) {
		return append(all, now), true
	}
	return all, news
}

// through is the last position known to have been reached at least this long ago, 0 for none.
func (a *ages) through(all []reached, keptMs int64) (seq int64) {
	for _, r := range all {
		if r.ranMs <= a.ranMs-keptMs {
			seq = r.seq
		}
	}
	return seq
}

// Purge removes log entries, tombstones and mutation ids that have expired, in one bounded transaction per call; again
// is true while there may be more. Hosts call it about every minute. ranMs is how long the host has run since the last
// call (or since its start), by a clock that nobody can set. Age is counted by it, whatever the time of day is.
func (s *Server) Purge(nowMs, ranMs int64) (again bool, err error) {
	uncounted := s.uncounted.Add(ranMs)
	logMs, tombstoneMs := s.deltaWindowMs()+DeltaSlackMinutes*60_000, int64(s.options.TombstoneTTLMinutes)*60_000
	bounds := PurgeBounds{Rows: PurgeRowsPerTransaction}
	removed, counted, left := 0, false, int64(0)
	err = s.tables.Update(func(w Writer) error {
		removed, counted = 0, false // it may run again
		p, err := w.Position()
		if err != nil {
			return err
		}
		l, err := s.layoutAt(w, p)
		if err != nil {
			return err
		}
		a, err := readAges(w)
		if err != nil {
			return err
		}
		left = a.count(nowMs, uncounted) // another server has counted the rest
		bounds.LogThroughSeq, bounds.TombstoneThroughSeq = a.through(a.log, logMs), a.through(a.tombstones, tombstoneMs)
		bounds.KeysOf = func(row Row) []Key { return l.keysOf(l.converted(row)) }
		if removed, err = w.Purge(bounds); err != nil || removed >= PurgeRowsPerTransaction {
			return err
		}
		if err := s.forget(w, p, min(bounds.LogThroughSeq, bounds.TombstoneThroughSeq)); err != nil {
			return err
		}
		if counted = a.note(nowMs, p.Seq, logMs, tombstoneMs); counted {
			return w.PutNote(agesNote, a.text())
		}
		return nil
	})
	if counted {
		left = 0
	}
	if err == nil {
		s.uncounted.Add(left - uncounted)
	}
	if err != nil || removed >= PurgeRowsPerTransaction {
		return err == nil, err
	}
	if file, ok := s.tables.(Shrinker); ok {
		return file.Shrink()
	}
	return false, nil
}
