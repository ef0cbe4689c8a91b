// Package updateapi is the interactive `deltabase update api`: it asks which conflict strategy the
// project and its models shall have, and edits deltabase.json accordingly.
package updateapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
)

// Choice is a strategy for the project or for one model. Function is set for conflict.Lambda
// only: a JavaScript file, relative to the configuration, or an http(s) address.
type Choice struct {
	Strategy conflict.Strategy
	Function string
}

// Settings are the strategies of a project. Models without an entry follow Default.
type Settings struct {
	Default Choice
	Models  map[string]Choice
}

// names are the strategies as people know them, in the order in which they are offered.
var names = []struct {
	strategy conflict.Strategy
	label    string
	words    []string // what --strategy and --model take, besides the strategy's own name
}{
	{conflict.Automerge, "Auto Merge", []string{"automerge", "auto-merge"}},
	{conflict.Optimistic, "Optimistic Concurrency", []string{"optimistic", "optimistic-concurrency", "occ"}},
	{conflict.Lambda, "Custom Lambda", []string{"custom", "lambda"}},
}

func label(c Choice) string {
	for _, n := range names {
		if n.strategy == c.Strategy {
			if c.Function != "" {
				return n.label + " (" + c.Function + ")"
			}
			return n.label
		}
	}
	return string(c.Strategy)
}

// ParseChoice reads a strategy as a flag names it: automerge, optimistic, custom:FILE,
// custom:https://..., or the strategy's name in deltabase.json.
func ParseChoice(text string) (Choice, error) {
	word, function, _ := strings.Cut(text, ":")
	for _, n := range names {
		if !strings.EqualFold(word, string(n.strategy)) && !slices.Contains(n.words, strings.ToLower(word)) {
			continue
		}
		switch {
		case n.strategy == conflict.Lambda && function == "":
			return Choice{}, fmt.Errorf("%q names no function; write custom:functions/resolve.js or custom:https://host/path", text)
		case n.strategy != conflict.Lambda && function != "":
			return Choice{}, fmt.Errorf("%q: only custom takes a function", text)
		}
		return Choice{n.strategy, function}, nil
	}
	return Choice{}, fmt.Errorf("there is no strategy %q; use automerge, optimistic or custom:FUNCTION", text)
}

// isAddress tells a function behind HTTP from one in a file.
func isAddress(function string) bool {
	return strings.HasPrefix(function, "http://") || strings.HasPrefix(function, "https://")
}
