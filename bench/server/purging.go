package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

// purging: how long one writer waits while a long log is purged beside it, and how long a purge takes
// that finds nothing old.
func purging(o options, _, folder string) error {
	tables, err := sqlite.Open(filepath.Join(folder, "purging.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	defer tables.Close()
	for at := 0; at < o.entries; at += 5_000 {
		err := tables.Update(func(w server.Writer) error {
			for i := at; i < min(at+5_000, o.entries); i++ {
				if err := write(w, fmt.Sprint(i), 1_000); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	purge := func(throughSeq int64) (removed int, err error) {
		err = tables.Update(func(w server.Writer) (err error) {
			removed, err = w.Purge(server.PurgeBounds{LogThroughSeq: throughSeq, Rows: server.PurgeRowsPerTransaction})
			return err
		})
		return removed, err
	}
	began := time.Now()
	if _, err := purge(0); err != nil {
		return err
	}
	idle := time.Since(began)
	done := make(chan error, 1)
	steps := 0
	began = time.Now()
	go func() {
		for {
			removed, err := purge(int64(o.entries))
			steps++
			if err != nil || removed == 0 {
				done <- err
				return
			}
		}
	}()
	var took []time.Duration
	for n := 0; ; n++ {
		select {
		case err := <-done:
			if err != nil {
				return err
			}
			slices.Sort(took)
			fmt.Fprintln(report, "| purge | |")
			fmt.Fprintln(report, "|---|---|")
			fmt.Fprintf(report, "| of a log of %d entries where nothing is old | %s ms |\n", o.entries, ms(idle))
			fmt.Fprintf(report, "| of all of them, in %d steps | %.1f s |\n", steps, time.Since(began).Seconds())
			fmt.Fprintf(report, "| a write beside it, p50 / p99 / max of %d | %s / %s / %s ms |\n\n", len(took),
				ms(took[len(took)/2]), ms(took[len(took)*99/100]), ms(took[len(took)-1]))
			return nil
		default:
		}
		sent := time.Now()
		err := tables.Update(func(w server.Writer) error { return write(w, fmt.Sprint("new", n), 3_000) })
		if err != nil {
			return err
		}
		took = append(took, time.Since(sent))
	}
}

func write(w server.Writer, id string, nowMs int64) error {
	p, err := w.Advance(nowMs)
	if err != nil {
		return err
	}
	return w.Write(server.Entry{Operation: conflict.Create, Row: server.Row{
		Model: "Todo", ID: id, Version: 1, ChangedAt: p.ChangedAt, Seq: p.Seq,
		Text: `{"id":"` + id + `","title":"A record of the usual size","_version":1}`}})
}
