package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/deltabase/deltabase/server/sqlite"
)

// TestBackupCommand copies a database under a server that four clients write to, and serves the copy.
func TestBackupCommand(t *testing.T) {
	folder := todoProject(t)
	config := filepath.Join(folder, "deltabase.json")
	s := serveProject(t, folder)
	create := func(id string) error {
		text, err := s.post(fmt.Sprintf(`{"query":"mutation { createTodo(input: {id: \"%s\", title: \"t\"}) { id } }"}`, id))
		if err == nil && strings.Contains(text, `"errors"`) {
			err = fmt.Errorf("%s", text)
		}
		return err
	}
	if err := create("first"); err != nil {
		t.Fatal(err)
	}
	stop, begun := make(chan struct{}), make(chan error, 4)
	var writers sync.WaitGroup
	for n := range 4 {
		writers.Go(func() {
			for i := 0; ; i++ {
				err := create(fmt.Sprintf("w%d.%d", n, i))
				if i == 0 {
					begun <- err
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range 4 {
		if err := <-begun; err != nil {
			t.Error(err)
		}
	}
	to := filepath.Join(folder, "copy.db")
	out, err := command("backup", "--config", config, "--to", to).CombinedOutput()
	close(stop)
	writers.Wait()
	if err != nil || !strings.HasPrefix(string(out), to+": ") {
		t.Fatalf("%v: %s", err, out)
	}
	checkLog(t, inFile(t, to))
	again, err := command("backup", "--config", config, "--to", to).CombinedOutput()
	if err == nil || !strings.Contains(string(again), "exists already") {
		t.Errorf("a second backup over the first: %s", again)
	}
	if out, err := command("backup", "--config", config).CombinedOutput(); err == nil || !strings.Contains(string(out), "--to backups/") {
		t.Errorf("without --to: %s", out)
	}
	tables, err := sqlite.Open(to, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tables.Close(); err != nil {
		t.Fatal(err)
	}
	restored := serveProject(t, folder, "--database", to)
	text, err := restored.post(`{"query":"{ a: getTodo(id: \"first\") { id } b: getTodo(id: \"w3.0\") { id } }"}`)
	if err != nil || text != `{"data":{"a":{"id":"first"},"b":{"id":"w3.0"}}}` {
		t.Errorf("the copy lacks what was there before: %s (%v)", text, err)
	}
	if _, err := os.Stat(to + ".partial"); err == nil {
		t.Error("the unfinished file is still there")
	}
}

// TestRepairCommand: without --mend nothing changes, and a database whose times are right is told so.
func TestRepairCommand(t *testing.T) {
	folder := todoProject(t)
	s := serveProject(t, folder)
	if _, err := s.post(createA); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"repair"}, {"repair", "--mend"}} {
		text, err := command(append(arguments, "--config", filepath.Join(folder, "deltabase.json"))...).CombinedOutput()
		if err != nil || !strings.Contains(string(text), "no time is ahead of the clock") {
			t.Errorf("%v: %v %s", arguments, err, text)
		}
	}
}
