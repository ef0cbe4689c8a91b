// Command deltabase runs the server and makes what clients need from a schema.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{
		Use:           "deltabase",
		Short:         "An offline-first database for web pages, and its sync server",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(initCommand(), devCommand(), serveCommand(), codegenCommand(), schemaCommand(), importCommand(), backupCommand(), migrateCommand(), repairCommand(), updateCommand(), functionsCommand())
	if err := root.ExecuteContext(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "deltabase: %v\n", err)
		os.Exit(1)
	}
}
