package postgres_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/postgres"
	"github.com/deltabase/deltabase/server/tabletest"
)

// database is the address of a PostgreSQL that tests may fill, of a superuser.
func database(t *testing.T) string {
	t.Helper()
	address := os.Getenv("DELTABASE_TEST_POSTGRES")
	if address == "" {
		t.Skip("DELTABASE_TEST_POSTGRES is not set: give it the address of a PostgreSQL for tests, or run ./build.sh postgres")
	}
	return address
}

// fresh is an address with a schema of its own, which goes with the test.
func fresh(t *testing.T) string {
	t.Helper()
	address, err := url.Parse(database(t))
	if err != nil {
		t.Fatal(err)
	}
	id := make([]byte, 6)
	rand.Read(id)
	schema := "test_" + hex.EncodeToString(id)
	t.Cleanup(func() { execute(t, `DROP SCHEMA IF EXISTS `+schema+` CASCADE`) })
	query := address.Query()
	query.Set("schema", schema)
	query.Set("pool_max_conns", "8")
	address.RawQuery = query.Encode()
	return address.String()
}

func schemaOf(t *testing.T, address string) string {
	t.Helper()
	parts, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return parts.Query().Get("schema")
}

// execute runs statements beside the tables.
func execute(t *testing.T, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), database(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, one := range statements {
		if _, err := conn.Exec(context.Background(), one); err != nil {
			t.Fatalf("%s: %v", one, err)
		}
	}
}

func open(t *testing.T, address string) *postgres.Tables {
	t.Helper()
	tables, err := postgres.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tables.Close() })
	return tables
}

func TestTables(t *testing.T) {
	tabletest.Run(t, func(t *testing.T) server.Tables { return open(t, fresh(t)) })
}

// TestTablesWithoutPreparedStatements: as behind a pooler that knows none.
func TestTablesWithoutPreparedStatements(t *testing.T) {
	tabletest.Run(t, func(t *testing.T) server.Tables { return open(t, fresh(t)+"&default_query_exec_mode=exec") })
}
