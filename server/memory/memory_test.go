package memory_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
	"github.com/deltabase/deltabase/server/tabletest"
)

func TestTables(t *testing.T) {
	tabletest.Run(t, func(*testing.T) server.Tables { return memory.New(0) })
}

func TestFull(t *testing.T) {
	tables := memory.New(1_000)
	write := func(id, text string) error {
		return tables.Update(func(w server.Writer) error {
			p, err := w.Advance(1)
			if err != nil {
				return err
			}
			return w.Write(server.Entry{Row: server.Row{Model: "Post", ID: id, Version: 1, Seq: p.Seq, Text: text}})
		})
	}
	if err := write("a", "{}"); err != nil {
		t.Fatal(err)
	}
	var typed *server.StorageError
	if err := write("b", strings.Repeat("x", 1_000)); !errors.As(err, &typed) || typed.Code != server.StorageFull {
		t.Fatalf("error %v, want code %s", err, server.StorageFull)
	}
	if err := write("c", "{}"); err != nil {
		t.Fatalf("a small write after the failed one: %v", err)
	}
}
