package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/deltabase/deltabase/schema"
)

// columns says which field of the model each column of the file goes to.
type columns struct {
	model   *schema.Model
	mapping map[string]string        // what --map says
	fields  map[string]*schema.Field // by column; nil leaves the column out
	byField map[string]string        // the column that a field comes from
	wrong   []string
}

func newColumns(m *schema.Model, mapping map[string]string) *columns {
	c := &columns{model: m, mapping: mapping, fields: map[string]*schema.Field{}, byField: map[string]string{}}
	for column, name := range mapping {
		if name != "" && settable(m.Stored(), name) == nil {
			c.wrong = append(c.wrong, fmt.Sprintf("--map %s: %s has no field %s that can be set; its fields are %s.",
				quote(column+"="+name), m.Name, name, strings.Join(fieldNames(m.Stored()), ", ")))
		}
	}
	slices.Sort(c.wrong)
	return c
}

// settable returns the field of a name unless the server alone sets it.
func settable(fields []*schema.Field, name string) *schema.Field {
	for _, f := range fields {
		if f.Name == name && !f.ReadOnly {
			return f
		}
	}
	return nil
}

func fieldNames(fields []*schema.Field) []string {
	var names []string
	for _, f := range fields {
		if !f.ReadOnly {
			names = append(names, f.Name)
		}
	}
	return names
}

// field returns where a column goes; ok is false when it is left out or nothing takes it.
func (c *columns) field(column string) (f *schema.Field, ok bool) {
	f, known := c.fields[column]
	if !known {
		f = c.resolve(column)
		c.fields[column] = f
	}
	return f, f != nil
}

func (c *columns) resolve(column string) *schema.Field {
	name, mapped := c.mapping[column]
	if mapped && name == "" {
		return nil
	}
	f := settable(c.model.Stored(), name)
	if !mapped {
		f = byName(c.model.Stored(), column)
	}
	if f == nil {
		if !mapped { // else it was reported
			c.wrong = append(c.wrong, fmt.Sprintf("%s has no field %s for the column %s: add it to the schema, "+
				"send the column to another field with --map %s, or leave it out with --map %s.",
				c.model.Name, camelCase(column), quote(column), quote(column+"=field"), quote(column+"=")))
		}
		return nil
	}
	if other, taken := c.byField[f.Name]; taken {
		c.wrong = append(c.wrong, fmt.Sprintf("The columns %s and %s both go to the field %s: leave one out with --map %s.",
			quote(other), quote(column), f.Name, quote(column+"=")))
		return nil
	}
	c.byField[f.Name] = column
	return f
}

// byName finds the field that has a column's own name, or that name in camel case; if there is no
// such field, the only one that differs from it in capitals (Owner ID is ownerID too).
func byName(fields []*schema.Field, column string) *schema.Field {
	camel := camelCase(column)
	for _, name := range []string{column, camel} {
		if f := settable(fields, name); f != nil {
			return f
		}
	}
	var found *schema.Field
	for _, f := range fields {
		if !f.ReadOnly && strings.EqualFold(f.Name, camel) {
			if found != nil {
				return nil
			}
			found = f
		}
	}
	return found
}

// camelCase makes a field name of a column's: US Gross is usGross, IMDB Rating imdbRating,
// release_date releaseDate. A word in capitals counts as an ordinary word.
func camelCase(column string) string {
	words := strings.FieldsFunc(column, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	var b strings.Builder
	for i, word := range words {
		runes := []rune(word)
		if word == strings.ToUpper(word) {
			runes = []rune(strings.ToLower(word))
		}
		if i == 0 {
			runes[0] = unicode.ToLower(runes[0])
		} else {
			runes[0] = unicode.ToUpper(runes[0])
		}
		b.WriteString(string(runes))
	}
	return b.String()
}

// unused reports what --map says about columns that no row has: a slip of the pen, most likely.
func (c *columns) unused() {
	var wrong []string
	for column, name := range c.mapping {
		if _, seen := c.fields[column]; !seen {
			wrong = append(wrong, fmt.Sprintf("--map %s: no row has the column %s; check its spelling.",
				quote(column+"="+name), quote(column)))
		}
	}
	slices.Sort(wrong)
	c.wrong = append(c.wrong, wrong...)
}

// quote puts a name into the quotes that a shell needs.
func quote(s string) string {
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
