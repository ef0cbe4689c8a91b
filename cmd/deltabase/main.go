// Command deltabase runs the server and makes what clients need from a schema.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// version is that of the npm package which the command was built for; npm/release.mjs has the linker set it.
var version = ""

func main() {
	if err := rootCommand().ExecuteContext(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "deltabase: %v\n", err)
		os.Exit(1)
	}
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "deltabase",
		Short:         "An offline-first database for web pages, and its sync server",
		Version:       versionText(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetVersionTemplate("deltabase {{.Version}}\n")
	root.SetFlagErrorFunc(suggestFlag)
	root.AddCommand(initCommand(), devCommand(), serveCommand(), codegenCommand(), schemaCommand(), importCommand(), backupCommand(), migrateCommand(), repairCommand(), updateCommand(), functionsCommand(), codemodCommand())
	return root
}

// versionText is the release, or of which commit a build of one's own is.
func versionText() string {
	if version != "" {
		return version
	}
	commit, changed := "an unknown commit", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				commit = "commit " + s.Value[:min(12, len(s.Value))]
			case s.Key == "vcs.modified" && s.Value == "true":
				changed = ", with changes"
			}
		}
	}
	return "built from " + commit + changed
}

// suggestFlag says which flag was meant when a flag is unknown.
func suggestFlag(c *cobra.Command, err error) error {
	unknown, ok := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !ok {
		return fmt.Errorf("%w; `%s --help` lists the flags", err, c.CommandPath())
	}
	nearest, least := "", suggestionDistanceMax+1
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if d := distance(unknown, f.Name); d < least && !f.Hidden {
			nearest, least = f.Name, d
		}
	})
	if nearest == "" {
		return fmt.Errorf("%w; `%s --help` lists the flags", err, c.CommandPath())
	}
	return fmt.Errorf("%w; did you mean --%s?", err, nearest)
}

// unknownPart refuses a part of a command that there is not: cobra itself prints the help and ends with status 0.
func unknownPart(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	for _, meant := range c.Commands() {
		if distance(args[0], meant.Name()) <= suggestionDistanceMax {
			return fmt.Errorf("unknown command %q for %q; did you mean %s?", args[0], c.CommandPath(), meant.Name())
		}
	}
	return fmt.Errorf("unknown command %q for %q; `%s --help` lists the commands", args[0], c.CommandPath(), c.CommandPath())
}

// distance is how many bytes have to be put in, taken out or changed to make one name of the other. Names longer than
// any flag or command are far from all of them.
func distance(a, b string) int {
	if len(a) > suggestedBytesMax || len(b) > suggestedBytesMax {
		return suggestedBytesMax
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			changed := diagonal
			if a[i] != b[j] {
				changed++
			}
			diagonal = row[j+1]
			row[j+1] = min(changed, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
