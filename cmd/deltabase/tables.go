package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/postgres"
	"github.com/deltabase/deltabase/server/sqlite"
)

// This file is all that the command knows about back ends: each function has one case for each of them. What
// "database" says chooses: an address (postgres://...) its scheme's, everything else a SQLite file.

// openTables opens the tables that a configuration names and makes them where there are none. Close must
// follow.
func openTables(c *config) (server.Tables, error) {
	if isPostgres(c.database) {
		tables, err := postgres.Open(context.Background(), c.database)
		if err != nil {
			return nil, err // and no pointer that is nil
		}
		return tables, nil
	}
	if err := onlyFiles(c.database, "this program keeps tables in SQLite files and in PostgreSQL (postgres://...)"); err != nil {
		return nil, err
	}
	tables, err := sqlite.Open(c.database, sqlite.Options{PagesMax: c.maxPageCount})
	if err != nil {
		return nil, err
	}
	return tables, nil
}

// openExistingTables is openTables for commands that have nothing to do where there are none.
func openExistingTables(c *config) (server.Tables, error) {
	if isAddress(c.database) {
		return openTables(c)
	}
	if _, err := os.Stat(c.database); err != nil {
		return nil, fmt.Errorf("there is no database %s; pass the file that the server uses", c.database)
	}
	return openTables(c)
}

// backupTables copies a database into a new file, while servers may run.
func backupTables(ctx context.Context, database, to string) (sqlite.Copy, error) {
	if err := onlyFiles(database, "only a SQLite file is copied; use pg_dump for PostgreSQL, and read in docs/postgres.md what a restore needs"); err != nil {
		return sqlite.Copy{}, err
	}
	return sqlite.Backup(ctx, database, to)
}

// repairTables looks for times ahead of nowMs and, when mend is set, brings them back.
func repairTables(ctx context.Context, database string, nowMs int64, mend bool) (sqlite.Ahead, error) {
	if err := onlyFiles(database, "only a SQLite file is repaired"); err != nil {
		return sqlite.Ahead{}, err
	}
	return sqlite.Repair(ctx, database, nowMs, mend)
}

// isAddress tells an address from the name of a file.
func isAddress(database string) bool { return strings.Contains(database, "://") }

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// databaseName is what is said of a database: an address without its user, password and settings.
func databaseName(database string) string {
	if !isAddress(database) {
		return database
	}
	scheme, rest, _ := strings.Cut(database, "://")
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest[strings.LastIndexByte(rest, '@')+1:]
}

func onlyFiles(database, why string) error {
	if !isAddress(database) {
		return nil
	}
	scheme, _, _ := strings.Cut(database, "://")
	return fmt.Errorf(`the database is an address (%s://...), and %s; or name a file, such as "deltabase.db"`, scheme, why)
}
