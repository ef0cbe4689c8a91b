package main

import (
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// repairCommand is `deltabase repair`: what a clock that ran ahead left behind.
func repairCommand() *cobra.Command {
	var project, database string
	var mend bool
	command := &cobra.Command{
		Use:   "repair",
		Short: "Tell, and with --mend undo, what a clock that once ran ahead left in the database",
		Long: `When the server's clock once stood ahead, all later changes have times behind the jump, because times
never run backwards: records look as if they changed in the future, and deletions and mutation ids are
kept longer than they should be. Without --mend it only tells. With --mend it brings those times back to now; end
the server before, and make a backup. Clients read everything once afterwards; nothing is lost.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if database == "" {
				c, err := loadConfig(project)
				if err != nil {
					return err
				}
				database = c.database
			}
			ctx, stop := signal.NotifyContext(command.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			found, err := repairTables(ctx, database, time.Now().UnixMilli(), mend)
			if err != nil {
				return err
			}
			out := command.OutOrStdout()
			switch ahead := time.Duration(found.ByMs) * time.Millisecond; {
			case found.ByMs <= 0:
				fmt.Fprintf(out, "%s: no time is ahead of the clock.\n", database)
			case mend:
				fmt.Fprintf(out, "%s: brought back by %s: %d records, %d log entries, %d mutation ids.\n", database, ahead, found.Rows, found.Logged, found.Applied)
			default:
				fmt.Fprintf(out, "%s is %s ahead of the clock: %d records, %d log entries, %d mutation ids. If the clock is right, end the server and write `deltabase repair --mend`.\n",
					database, ahead, found.Rows, found.Logged, found.Applied)
			}
			return nil
		},
	}
	command.Flags().BoolVar(&mend, "mend", false, "bring the times back; no server may run on the database")
	command.Flags().StringVar(&project, "config", "deltabase.json", "the project's configuration, which names the database")
	command.Flags().StringVar(&database, "database", "", "SQLite file, instead of the configuration's")
	return command
}
