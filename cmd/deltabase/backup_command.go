package main

import (
	"fmt"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// backupCommand is `deltabase backup`: a copy of the database while the server goes on.
func backupCommand() *cobra.Command {
	var project, database, to string
	command := &cobra.Command{
		Use:   "backup --to FILE",
		Short: "Copy the database into a new file, while the server runs",
		Long: `Copies the SQLite database that the configuration names into a new file. Servers may run and write
meanwhile: the copy holds what was committed when it began. It is checked before it gets its name,
and an existing file is never overwritten.

To restore, end the server, put the copy in the place of the database (without the old files that
end in -wal and -shm) and start it. Clients then read everything once; changes that they made
after the backup and that were acknowledged are not in it.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if to == "" {
				return fmt.Errorf("say where the copy goes, for example: deltabase backup --to backups/monday.db")
			}
			if database == "" {
				c, err := loadConfig(project)
				if err != nil {
					return err
				}
				database = c.database
			}
			ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			made, err := backupTables(ctx, database, to)
			if err != nil {
				return err
			}
			fmt.Fprintf(command.OutOrStdout(), "%s: %d records up to position %d, %d bytes\n", to, made.Records, made.Seq, made.Bytes)
			return nil
		},
	}
	command.Flags().StringVar(&to, "to", "", "the file to write; it must not exist")
	command.Flags().StringVar(&project, "config", "deltabase.json", "the project's configuration, which names the database")
	command.Flags().StringVar(&database, "database", "", "SQLite file, instead of the configuration's")
	return command
}
