package sdl

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/vektah/gqlparser/v2/ast"
)

// Error is one thing that is wrong with a schema file.
type Error struct {
	File         string
	Line, Column int    // from 1; 0 when it is about the file as a whole
	What         string // a sentence
	Instead      string // a sentence: what to write
}

func (e *Error) Error() string {
	at := e.File
	if e.Line > 0 {
		at += ":" + strconv.Itoa(e.Line) + ":" + strconv.Itoa(e.Column)
	}
	return at + ": " + e.What + " " + e.Instead
}

// Errors lists what is wrong with a file, in the order of its lines.
type Errors []*Error

func (l Errors) Error() string {
	var lines []string
	for _, e := range l {
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

func (c *compiler) wrong(at *ast.Position, what, instead string) {
	if len(c.errors) >= errorsMax {
		return
	}
	e := &Error{File: c.file, What: what, Instead: instead}
	if at != nil {
		e.Line, e.Column = at.Line, at.Column
	}
	c.errors = append(c.errors, e)
}

// notice tells what is read in another form, or not served; the file loads all the same.
func (c *compiler) notice(at *ast.Position, what, instead string) {
	if len(c.notices) < noticesMax {
		c.notices = append(c.notices, &Error{File: c.file, Line: at.Line, Column: at.Column, What: what, Instead: instead})
	}
}

func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	s = string(unicode.ToUpper(r)) + s[n:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}

// didYouMean names the known word nearest to a mistyped one, else lists them all.
func didYouMean(name string, known []string) string {
	const nearMax = 2
	best, distance := "", nearMax+1
	for _, k := range known {
		if d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	if best != "" {
		return "Did you mean " + best + "?"
	}
	return "Use one of: " + strings.Join(known, ", ") + "."
}
