package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/deltabase/deltabase/cmd/deltabase/updateapi"
)

// updateCommand is `deltabase update`, whose only part is `api`.
func updateCommand() *cobra.Command {
	command := &cobra.Command{Use: "update", Short: "Change the settings of the project", Args: cobra.ArbitraryArgs, RunE: unknownPart}
	command.AddCommand(updateAPICommand())
	return command
}

type updateOptions struct {
	config, strategy  string
	amplify           string // a transform.conf.json
	models            []string
	reset, yes, dry   bool
	in                *os.File
	out               io.Writer
	createTheFunction bool
}

func updateAPICommand() *cobra.Command {
	o := updateOptions{in: os.Stdin}
	command := &cobra.Command{
		Use:   "api",
		Short: "Choose the conflict resolution strategy of the project and of its models",
		Long: `Asks for the conflict resolution strategy of the project and, if wanted, of single models, shows
what that changes in deltabase.json, and writes it after a yes.

With flags it asks nothing but that yes, and with --yes not even that:
  deltabase update api --strategy automerge --model Post=optimistic --yes
  deltabase update api --model Order=custom:functions/order.js --create --yes
A strategy is automerge, optimistic or custom:FUNCTION; FUNCTION is a JavaScript file, relative to
deltabase.json, or an http(s) address. NONE, which lets the last write win without a look at its
version, is not offered here: write "NONE" into deltabase.json where it is wanted.

An Amplify project's strategies are taken over with
  deltabase update api --amplify amplify/backend/api/NAME/transform.conf.json
Its Lambda NAME-${env} is looked for in functions/NAME.js.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.out = c.OutOrStdout()
			return o.run()
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.config, "config", "deltabase.json", "the project's configuration")
	flags.StringVar(&o.strategy, "strategy", "", "the project's default strategy")
	flags.StringArrayVar(&o.models, "model", nil, "MODEL=STRATEGY for one model, or MODEL=default to remove its override; may be repeated")
	flags.StringVar(&o.amplify, "amplify", "", "take the strategies from an Amplify project's transform.conf.json; the other flags change them")
	flags.BoolVar(&o.reset, "reset-models", false, "remove the overrides that --model does not name")
	flags.BoolVar(&o.createTheFunction, "create", false, "write a first function, with a test, where the named file does not exist")
	flags.BoolVar(&o.yes, "yes", false, "write without asking")
	flags.BoolVar(&o.dry, "dry-run", false, "show the change and write nothing")
	return command
}

// interactive tells whether the choices come from questions.
func (o *updateOptions) interactive() bool {
	return o.strategy == "" && len(o.models) == 0 && !o.reset && o.amplify == ""
}

func (o *updateOptions) run() error {
	text, project, err := o.read()
	if err != nil {
		return err
	}
	terminal := term.IsTerminal(int(o.in.Fd()))
	asker := updateapi.Terminal{In: o.in, Out: o.out}
	answers := updateapi.Answers{}
	switch {
	case !o.interactive():
		answers, err = o.fromFlags(project)
	case !terminal:
		return fmt.Errorf("there is no terminal to ask at; use flags, for example: deltabase update api --strategy automerge --yes")
	default:
		ok := false
		if answers, ok, err = updateapi.Ask(asker, o.out, project); err == nil && !ok {
			fmt.Fprintln(o.out, "Nothing was changed.")
			return nil
		}
	}
	if err != nil {
		return err
	}
	return o.apply(text, answers, terminal, asker)
}

// read loads the configuration and the names of the models.
func (o *updateOptions) read() ([]byte, updateapi.Project, error) {
	c, err := loadConfig(o.config)
	if err != nil {
		return nil, updateapi.Project{}, err
	}
	s, err := loadSchema(c.schema)
	if err != nil {
		return nil, updateapi.Project{}, err
	}
	text, err := os.ReadFile(o.config)
	if err != nil {
		return nil, updateapi.Project{}, fmt.Errorf("the configuration cannot be read: %w", err)
	}
	p := updateapi.Project{Schema: c.schema}
	for _, m := range s.Models {
		p.Models = append(p.Models, m.Name)
	}
	p.Current, err = updateapi.ReadSettings(text)
	return text, p, err
}

// fromFlags changes what the flags name and keeps the rest.
func (o *updateOptions) fromFlags(p updateapi.Project) (updateapi.Answers, error) {
	if o.amplify != "" {
		if err := o.fromAmplify(&p); err != nil {
			return updateapi.Answers{}, err
		}
	}
	answers := updateapi.Answers{Settings: updateapi.Settings{
		Default: p.Current.Default, Models: map[string]updateapi.Choice{}}}
	s := &answers.Settings
	if !o.reset {
		s.Models = p.Current.Models
	}
	var err error
	if o.strategy != "" {
		if s.Default, err = updateapi.ParseChoice(o.strategy); err != nil {
			return answers, err
		}
	}
	for _, pair := range o.models {
		model, word, ok := strings.Cut(pair, "=")
		if !ok || !slices.Contains(p.Models, model) {
			return answers, fmt.Errorf("--model %s: write MODEL=STRATEGY with one of the models %s", pair, strings.Join(p.Models, ", "))
		}
		if word == "default" {
			delete(s.Models, model)
			continue
		}
		if s.Models[model], err = updateapi.ParseChoice(word); err != nil {
			return answers, err
		}
	}
	answers.NewFunctions, err = o.missingFunctions(*s)
	return answers, err
}

// fromAmplify puts an Amplify project's strategies in the place of the current ones.
func (o *updateOptions) fromAmplify(p *updateapi.Project) error {
	text, err := os.ReadFile(o.amplify)
	if err != nil {
		return fmt.Errorf("the Amplify configuration cannot be read: %w", err)
	}
	settings, warnings, err := updateapi.FromAmplify(text, p.Models)
	if err != nil {
		return fmt.Errorf("%s: %w", o.amplify, err)
	}
	for _, warning := range warnings {
		fmt.Fprintln(o.out, "Note:", warning+".")
	}
	p.Current = settings
	return nil
}

// missingFunctions are named files that do not exist; without --create that is a mistake.
func (o *updateOptions) missingFunctions(s updateapi.Settings) ([]string, error) {
	var missing []string
	for _, file := range s.Files() {
		if _, err := os.Stat(o.path(file)); err == nil {
			continue
		}
		if !o.createTheFunction {
			return nil, fmt.Errorf("there is no function %s; write it, or add --create for a first one", file)
		}
		missing = append(missing, file)
	}
	return missing, nil
}

func (o *updateOptions) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(filepath.Dir(o.config), filepath.FromSlash(file))
}

// apply shows the change, asks, and writes it: functions first, so that the configuration never
// names one that is not there.
func (o *updateOptions) apply(text []byte, answers updateapi.Answers, terminal bool, asker updateapi.Asker) error {
	edited, err := updateapi.Edit(text, answers.Settings)
	if err != nil {
		return err
	}
	diff := updateapi.Diff(o.config, text, edited)
	fresh, err := updateapi.Plan(o.path, answers.NewFunctions)
	if err != nil {
		return err
	}
	if diff == "" && len(fresh) == 0 {
		fmt.Fprintln(o.out, "Nothing to change: the settings are like that already.")
		return nil
	}
	fmt.Fprintf(o.out, "\n%s", diff)
	for _, f := range fresh {
		fmt.Fprintln(o.out, "new file", f.Name)
	}
	if o.dry {
		return nil
	}
	if !o.yes {
		if !terminal {
			return fmt.Errorf("nothing was written: there is no terminal to ask at; add --yes")
		}
		if yes, err := asker.Confirm("Write this to "+o.config+"?", true); err != nil || !yes {
			fmt.Fprintln(o.out, "Nothing was written.")
			return err
		}
	}
	if err := updateapi.Write(fresh); err != nil {
		return err
	}
	if err := replaceFile(o.config, edited); err != nil {
		return err
	}
	fmt.Fprintln(o.out, "Successfully updated resource")
	return nil
}

// replaceFile writes beside a file and moves it there, so that a crash leaves the old or the new.
func replaceFile(file string, text []byte) error {
	info, err := os.Stat(file)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", file, err)
	}
	beside, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", file, err)
	}
	defer os.Remove(beside.Name())
	_, err = beside.Write(text)
	if closed := beside.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(beside.Name(), info.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(beside.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", file, err)
	}
	return nil
}
