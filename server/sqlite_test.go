//go:build !js

package server_test

import (
	"path/filepath"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

func init() {
	backEnds = append(backEnds, backEnd{"in SQLite", func(t *testing.T) server.Tables {
		tables, err := sqlite.Open(filepath.Join(t.TempDir(), "test.db"), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return tables
	}})
}
