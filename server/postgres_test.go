//go:build !js

package server_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/postgres"
)

// PostgreSQL joins where a test database is named; build.sh starts one.
func init() {
	if os.Getenv("DELTABASE_TEST_POSTGRES") != "" {
		backEnds = append(backEnds, backEnd{"in PostgreSQL", openPostgres})
	}
}

var scriptsSchema = func() string {
	id := make([]byte, 6)
	rand.Read(id)
	return "scripts_" + hex.EncodeToString(id)
}()

// TestPostgresNodesConverge: TestY19 with two nodes on one database, whose clients go from one to the other.
func TestPostgresNodesConverge(t *testing.T) {
	if testing.Short() || os.Getenv("DELTABASE_TEST_POSTGRES") == "" {
		t.Skip("it enumerates, and needs DELTABASE_TEST_POSTGRES: the address of a PostgreSQL for tests; ./build.sh postgres starts one")
	}
	a := openPostgres(t)
	b := reopenPostgres(t)
	race(t, newWorld(t, todoModels, pausing{a}).server, newWorld(t, todoModels, pausing{b}).server)
}

// openPostgres empties the tables that the case before has left: to make them takes longer than most cases.
func openPostgres(t *testing.T) server.Tables {
	address := os.Getenv("DELTABASE_TEST_POSTGRES")
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, table := range []string{"position", "records", "log", "mutations", "keys", "counts", "notes", "format"} {
		if _, err := conn.Exec(t.Context(), "DELETE FROM "+scriptsSchema+"."+table); err != nil && table != "position" {
			t.Fatal(err)
		} else if err != nil {
			break // the first case
		}
	}
	return reopenPostgres(t)
}

func reopenPostgres(t *testing.T) server.Tables {
	address, query, _ := strings.Cut(os.Getenv("DELTABASE_TEST_POSTGRES"), "?")
	tables, err := postgres.Open(t.Context(), address+"?"+query+"&pool_max_conns=8&schema="+scriptsSchema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tables.Close() })
	return tables
}
