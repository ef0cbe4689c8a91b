package server

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Change is a field, or the key, for which stored rows may not fit a schema.
type Change struct {
	Model, Field string // Field is "" for the key
	From, To     string // types, or key fields; From is "" for a field that no row has
	Unlooked     int64  // rows that would have to be looked at; the counts below are then 0
	Converts     int    // rows whose value can be converted and is not converted yet
	Unfit        int    // rows whose value does not fit and can't be converted
	Examples     []string
}

// String is a sentence without a period. It names ids, and never what a record holds.
func (c Change) String() string {
	what := c.Model + "." + c.Field + ": " + c.From + " -> " + c.To
	switch {
	case c.Field == "":
		what = c.Model + ": the key " + c.From + " -> " + c.To
	case c.From == "":
		what = c.Model + "." + c.Field + ": new, " + c.To
	}
	var counts []string
	if c.Unlooked > 0 {
		counts = append(counts, fmt.Sprintf("%d rows have to be looked at", c.Unlooked))
	}
	if c.Converts > 0 {
		counts = append(counts, fmt.Sprintf("%d rows can be converted", c.Converts))
	}
	if c.Unfit > 0 {
		var quoted []string
		for _, id := range c.Examples {
			quoted = append(quoted, strconv.Quote(id))
		}
		reason := "do not fit and can't be converted"
		if c.Field == "" {
			reason = "are stored under another key, which is not changed: export them and import them under the new one"
		}
		counts = append(counts, fmt.Sprintf("%d rows %s, such as %s", c.Unfit, reason, strings.Join(quoted, ", ")))
	}
	if len(counts) == 0 {
		counts = append(counts, "all rows fit")
	}
	return what + ": " + strings.Join(counts, "; ")
}

// SchemaError says that stored rows do not fit a schema, or may not fit it.
type SchemaError struct{ Changes []Change }

func (e *SchemaError) Error() string {
	lines, verb := e.lines(), "do not fit the schema"
	if !e.Convertible() {
		return "stored rows " + verb + "; restore the schema that they were written with, or change them:\n  " + lines
	}
	return "stored rows may not fit the schema; `deltabase migrate` looks at them and converts them:\n  " + lines
}

func (e *SchemaError) lines() string {
	var lines []string
	for _, c := range e.Changes {
		lines = append(lines, c.String())
	}
	return strings.Join(lines, "\n  ")
}

// Convertible reports whether Options.Convert may help.
func (e *SchemaError) Convertible() bool {
	return !slices.ContainsFunc(e.Changes, func(c Change) bool { return c.Unfit > 0 })
}
