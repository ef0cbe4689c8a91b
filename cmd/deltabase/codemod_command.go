package main

import (
	"errors"

	"github.com/spf13/cobra"
)

// codemodCommand says where the command of this name is: it reads JavaScript, and so comes with the npm package.
func codemodCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "codemod [--write] [file or folder]...",
		Short:              "Rewrite an app of Amplify DataStore: npx deltabase codemod",
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("the codemod comes with the npm package: run `npx deltabase codemod` in the app's folder")
		},
	}
}
