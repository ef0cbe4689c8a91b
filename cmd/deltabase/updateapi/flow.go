package updateapi

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
)

// Asker puts questions to a person. Each method returns ErrAborted when the person gives up.
type Asker interface {
	Choose(title string, options []string, preset string) (string, error)
	Pick(title string, options, preset []string) ([]string, error)
	Confirm(title string, preset bool) (bool, error)
	Text(title, preset string, check func(string) error) (string, error)
}

// Project is what the questions are about.
type Project struct {
	Schema  string   // the schema's file, as the person knows it
	Models  []string // in the order of the schema
	Current Settings
}

const (
	apiGraphQL     = "GraphQL"
	settingResolve = "Conflict resolution strategy"
	settingNothing = "Nothing, leave it as it is"
	learnMore      = "Learn More"
	createFunction = "Create a new Lambda Function"
	takeFunction   = "Existing Lambda Function"
)

// Answers are what came of the questions. New functions are files that do not exist yet.
type Answers struct {
	Settings     Settings
	NewFunctions []string
}

// Ask goes through the questions in the order that Amplify's users know. ok is false when the
// person chose to change nothing.
func Ask(a Asker, out io.Writer, p Project) (answers Answers, ok bool, err error) {
	if _, err = a.Choose("Select from one of the below mentioned services", []string{apiGraphQL}, apiGraphQL); err != nil {
		return answers, false, err
	}
	describe(out, p)
	setting, err := a.Choose("Select a setting to edit", []string{settingResolve, settingNothing}, settingResolve)
	if err != nil || setting == settingNothing {
		return answers, false, err
	}
	q := questions{asker: a, out: out}
	answers.Settings.Models = map[string]Choice{}
	if answers.Settings.Default, err = q.strategy("Select the default resolution strategy", "", p.Current.Default); err != nil {
		return answers, false, err
	}
	if len(p.Models) > 0 {
		err = q.overrides(p, &answers.Settings)
	}
	answers.NewFunctions = q.created
	return answers, err == nil, err
}

// describe prints what the project has now.
func describe(out io.Writer, p Project) {
	fmt.Fprintf(out, "\nGraphQL API of %s\n", p.Schema)
	fmt.Fprintf(out, "  models                        %s\n", strings.Join(p.Models, ", "))
	fmt.Fprintf(out, "  default resolution strategy   %s\n", label(p.Current.Default))
	for _, model := range p.Models {
		if c, ok := p.Current.Models[model]; ok {
			fmt.Fprintf(out, "  %-29s %s\n", model, label(c))
		}
	}
	fmt.Fprintln(out)
}

type questions struct {
	asker   Asker
	out     io.Writer
	created []string
}

func (q *questions) strategy(title, model string, now Choice) (Choice, error) {
	var options []string
	preset := names[0].label
	for _, n := range names {
		options = append(options, n.label)
		if n.strategy == now.Strategy {
			preset = n.label
		}
	}
	options = append(options, learnMore)
	for {
		answer, err := q.asker.Choose(title, options, preset)
		if err != nil {
			return Choice{}, err
		}
		if answer == learnMore {
			fmt.Fprint(q.out, explanation)
			continue
		}
		choice := Choice{Strategy: names[slices.Index(options, answer)].strategy}
		if choice.Strategy == conflict.Lambda {
			choice.Function, err = q.function(model, now.Function)
		}
		return choice, err
	}
}

// function asks which custom function to use, or where to write a new one.
func (q *questions) function(model, now string) (string, error) {
	preset := createFunction
	if now != "" {
		preset = takeFunction
	}
	answer, err := q.asker.Choose("Select from the options below", []string{createFunction, takeFunction}, preset)
	if err != nil {
		return "", err
	}
	if answer == takeFunction {
		return q.asker.Text("The function's file, relative to deltabase.json, or its http(s) address", now, checkFunction)
	}
	name, err := q.asker.Text("The new function's file", proposedFile(model), checkFile)
	if err == nil && !slices.Contains(q.created, name) {
		q.created = append(q.created, name)
	}
	return name, err
}

func (q *questions) overrides(p Project, s *Settings) error {
	had := make([]string, 0, len(p.Current.Models))
	for _, model := range p.Models {
		if _, ok := p.Current.Models[model]; ok {
			had = append(had, model)
		}
	}
	yes, err := q.asker.Confirm("Do you want to override default per model settings?", len(had) > 0)
	if err != nil || !yes {
		return err
	}
	picked, err := q.asker.Pick("Select the models from below", p.Models, had)
	if err != nil {
		return err
	}
	for _, model := range picked {
		now, ok := p.Current.Models[model]
		if !ok {
			now = s.Default
		}
		title := "Select the resolution strategy for " + model + " model"
		if s.Models[model], err = q.strategy(title, model, now); err != nil {
			return err
		}
	}
	return nil
}

func checkFunction(text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("name a file such as functions/resolve.js, or an address such as https://host/path")
	}
	return nil
}

func checkFile(text string) error {
	if isAddress(text) || !strings.HasSuffix(text, ".js") || strings.TrimSuffix(text, ".js") == "" {
		return fmt.Errorf("name a JavaScript file such as functions/resolve.js")
	}
	return nil
}

// explanation is what Learn More prints.
const explanation = `
A conflict is a change that was made on an older version of a record than the server has now.

Auto Merge               The server merges: fields that it has no value for are taken, lists are
                         appended, objects are merged property by property; of any other field
                         it keeps its own value. Clients need nothing.
Optimistic Concurrency   The server refuses the change and sends its record. The page's
                         conflictHandler decides: take the server's, send its own again, or
                         send something else. Without a handler the changed fields are sent
                         again on top of the server's record.
Custom Lambda            A function of yours decides on the server. It gets both records and
                         answers RESOLVE with a record, REJECT (the client is asked as above),
                         or REMOVE for a delete.

A delete on an old version is never merged. Models may differ from the project's default.

`
