package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/deltabase/deltabase/schema"
)

// settled is how long a file must be still before it is read: editors write in several steps.
const settled = 100 * time.Millisecond

// watch takes each new version of the schema file while ctx lives. What it can't take it explains,
// and the version before goes on.
func (w *site) watch(ctx context.Context, out io.Writer) error {
	file := w.config.schema
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("the schema cannot be watched: %w", err)
	}
	// Editors replace files, so it is the folder that is watched.
	if err := watcher.Add(filepath.Dir(file)); err != nil {
		watcher.Close()
		return fmt.Errorf("the schema cannot be watched: %w", err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		watcher.Close()
		return fmt.Errorf("the schema cannot be read: %w", err)
	}
	go func() {
		defer watcher.Close()
		still := time.NewTimer(time.Hour)
		still.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case event := <-watcher.Events:
				if filepath.Clean(event.Name) == filepath.Clean(file) {
					still.Reset(settled)
				}
			case err := <-watcher.Errors:
				w.log.Warn("watch", "error", err.Error())
			case <-still.C:
				now, err := os.ReadFile(file)
				if err != nil || bytes.Equal(now, text) {
					continue
				}
				text = now
				fmt.Fprintln(out, w.retake(file, now))
			}
		}
	}()
	return nil
}

// retake serves a new version of the schema, or says why not.
func (w *site) retake(file string, text []byte) string {
	var told strings.Builder
	s, err := parseSchema(file, text, &told)
	if err != nil {
		return fmt.Sprintf("the new schema was refused, the previous one stays in use:\n%v", err)
	}
	if lost := narrower(w.current.Load().schema, s); len(lost) > 0 {
		return "the new schema was refused, the previous one stays in use. A running server only takes additions; restart it to take this one, its records stay:\n  " +
			strings.Join(lost, "\n  ")
	}
	if err := w.take(s); err != nil {
		return fmt.Sprintf("the new schema was refused, the previous one stays in use: %v", err)
	}
	return told.String() + "schema taken: " + modelNames(s)
}

// narrower lists what records of the old schema could miss in the new one.
func narrower(before, after *schema.Schema) []string {
	var lost []string
	say := func(format string, arguments ...any) { lost = append(lost, fmt.Sprintf(format, arguments...)) }
	for _, m := range before.Models {
		now := after.Model(m.Name)
		if now == nil {
			say("the model %s is gone", m.Name)
			continue
		}
		if strings.Join(m.Key, ",") != strings.Join(now.Key, ",") {
			say("the key of %s is another one", m.Name)
		}
		for _, f := range m.Fields {
			switch g := now.Field(f.Name); {
			case g == nil:
				say("%s.%s is gone", m.Name, f.Name)
			case f.Type != g.Type || f.Array != g.Array:
				say("%s.%s has another type", m.Name, f.Name)
			case mustHave(g) && !mustHave(f):
				say("%s.%s must have a value now, and records without one may exist", m.Name, f.Name)
			}
		}
		for _, g := range now.Fields {
			if m.Field(g.Name) == nil && mustHave(g) && g.Association == nil {
				say("%s.%s is new and must have a value, which the records of today lack; make it optional", m.Name, g.Name)
			}
		}
	}
	for _, e := range before.Enums {
		now := after.Enum(e.Name)
		for _, value := range e.Values {
			if now != nil && !strings.Contains(","+strings.Join(now.Values, ",")+",", ","+value+",") {
				say("the enum %s has no %s any more", e.Name, value)
			}
		}
	}
	return lost
}

// mustHave: a record without the field can't be read.
func mustHave(f *schema.Field) bool {
	if f.ReadOnly {
		return false
	}
	return f.Array && !f.ArrayNullable || !f.Array && f.Required
}
