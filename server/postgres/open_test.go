package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/postgres"
)

// TestOpenRefuses: what is wrong is told with what to do, and never with the password.
func TestOpenRefuses(t *testing.T) {
	address := fresh(t)
	before, behind, _ := strings.Cut(address, "?")
	for _, one := range []struct{ address, code, says string }{
		{"postgres://app:secret@[::1:5432/app", server.StorageUnavailable, "write postgres://"},
		{"postgres://app:secret@127.0.0.1:port/app", server.StorageUnavailable, "write postgres://"},
		{"postgres://app:secret@127.0.0.1:1/app?sslmode=disable", server.StorageUnavailable, "can't be reached"},
		{strings.Replace(address, "sslmode=disable", "sslmode=require", 1), server.StorageUnavailable, "can't be reached"},
		{before[:strings.LastIndexByte(before, '/')] + "/none?" + behind, server.StorageUnavailable, "CREATE DATABASE"},
		{address + "&synchronous_commit=off", server.StorageIncompat, "synchronous_commit is off"},
	} {
		_, err := postgres.Open(t.Context(), one.address)
		if codeOf(err) != one.code || !strings.Contains(fmt.Sprint(err), one.says) || strings.Contains(fmt.Sprint(err), "secret") {
			t.Errorf("%s: %v, want code %s and %q", one.address, err, one.code, one.says)
		}
	}
}

// TestSeveralHosts: an address may name a primary and its standbys; the one that takes writes is found.
func TestSeveralHosts(t *testing.T) {
	address := fresh(t)
	place, rest, _ := strings.Cut(address, "@")
	tables := open(t, place+"@127.0.0.1:1,"+rest+"&target_session_attrs=read-write")
	write(t, tables, "p")
}

// TestReopen: another node, or the next start, finds the same log; tables of a later format are used as long as
// that format says that they may be.
func TestReopen(t *testing.T) {
	address := fresh(t)
	position := func(tables server.Tables) (p server.Position) {
		if err := tables.View(func(r server.Reader) (err error) { p, err = r.Position(); return err }); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := open(t, address)
	write(t, first, "p")
	p := position(first)
	execute(t, `ALTER TABLE `+schemaOf(t, address)+`.records ADD COLUMN later TEXT NOT NULL DEFAULT ''`,
		`UPDATE `+schemaOf(t, address)+`.format SET version = 99`)
	write(t, first, "p") // an older node goes on
	second := open(t, address)
	write(t, second, "q")
	if q := position(second); q.Seq != 3 || q.Generation != p.Generation || string(q.Secret) != string(p.Secret) {
		t.Errorf("position %+v, before %+v", q, p)
	}
	execute(t, `UPDATE `+schemaOf(t, address)+`.format SET least = 99`)
	if _, err := postgres.Open(t.Context(), address); codeOf(err) != server.StorageIncompat {
		t.Errorf("tables that only later programs use: %v", err)
	}
}

// TestOpenAtOnce: nodes that start together on an empty database make one set of tables.
func TestOpenAtOnce(t *testing.T) {
	address := fresh(t)
	var nodes sync.WaitGroup
	var mu sync.Mutex
	generations := map[string]bool{}
	for range 4 {
		nodes.Go(func() {
			tables, err := postgres.Open(t.Context(), address)
			if err != nil {
				t.Error(err)
				return
			}
			defer tables.Close()
			if err := tables.View(func(r server.Reader) error {
				p, err := r.Position()
				mu.Lock()
				generations[p.Generation] = true
				mu.Unlock()
				return err
			}); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	if len(generations) != 1 {
		t.Errorf("%d logs", len(generations))
	}
}

// TestStatementsAreCommon: the statements keep to what CockroachDB and YugabyteDB have, too.
func TestStatementsAreCommon(t *testing.T) {
	lacking := regexp.MustCompile(`(?i)\b(advisory\w*|trigger|deferrable|deferred|lock\s+table|serial|bigserial|identity|nextval|create\s+(function|rule|extension)|ctid|xmin|using\s+(gin|gist|brin)|listen_|tablesample|unlogged|without\s+oids)\b`)
	text := regexp.MustCompile("(?s)`[^`]*`")
	statements := 0
	for _, pattern := range []string{"*.go", "../sqltext/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range text.FindAllString(string(source), -1) {
				statements++
				if found := lacking.FindString(one); found != "" {
					t.Errorf("%s: %q is not everywhere: %s", name, found, one)
				}
			}
		}
	}
	if statements < 40 {
		t.Fatalf("only %d statements are found: this test no longer fits", statements)
	}
}
