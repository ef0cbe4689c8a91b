package sdl

import (
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// edit replaces the runes from start to end.
type edit struct {
	start, end int
	text       string
	field      bool // the text is a field of its own
}

// edited is a text with edits that do not overlap.
type edited struct {
	text  []rune
	edits []edit
}

// sameLines keeps every token that stays on its line, so that messages name the lines of the file.
func (e *edited) sameLines() string {
	return e.apply(func(b *strings.Builder, one edit) {
		b.WriteString(one.text)
		if one.field {
			b.WriteByte(' ')
		}
		b.WriteString(strings.Repeat("\n", strings.Count(string(e.text[one.start:one.end]), "\n")))
	})
}

// readable is the text for a person: a line for each added field, and no line that is left empty.
func (e *edited) readable() string {
	return e.apply(func(b *strings.Builder, one edit) {
		b.WriteString(one.text)
		if !one.field {
			return
		}
		begin := one.start
		for begin > 0 && (e.text[begin-1] == ' ' || e.text[begin-1] == '\t') {
			begin--
		}
		if begin == 0 || e.text[begin-1] == '\n' {
			b.WriteString("\n" + string(e.text[begin:one.start]))
		} else {
			b.WriteByte(' ')
		}
	})
}

func (e *edited) apply(write func(*strings.Builder, edit)) string {
	sort.SliceStable(e.edits, func(i, j int) bool { return e.edits[i].start < e.edits[j].start })
	var b strings.Builder
	done := 0
	for _, one := range e.edits {
		b.WriteString(string(e.text[done:one.start]))
		write(&b, one)
		done = one.end
	}
	b.WriteString(string(e.text[done:]))
	return b.String()
}

func (t *firstTransformer) insert(at int, text string) {
	t.edits = append(t.edits, edit{start: at, end: at, text: text})
}

// extent is a directive from its @ to its last parenthesis.
func (t *firstTransformer) extent(d *ast.Directive) (start, end int) {
	i := t.at[d.Position.Start] // its name
	start = t.tokens[i-1].Pos.Start
	if i+1 < len(t.tokens) && t.tokens[i+1].Kind == lexer.ParenL {
		i = t.closing(i+1, lexer.ParenL, lexer.ParenR)
	}
	return start, t.tokens[i].Pos.End
}

// closing is the token that closes the one at i.
func (t *firstTransformer) closing(i int, open, shut lexer.Type) int {
	for depth := 0; i < len(t.tokens); i++ {
		switch t.tokens[i].Kind {
		case open:
			depth++
		case shut:
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(t.tokens) - 1
}

func (t *firstTransformer) replace(d *ast.Directive, text string) {
	start, end := t.extent(d)
	t.edits = append(t.edits, edit{start: start, end: end, text: text})
}

// remove takes a directive out, with its line when nothing else is on it.
func (t *firstTransformer) remove(d *ast.Directive) {
	start, end := t.extent(d)
	from, to := start, end
	blank := func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '\r' }
	for from > 0 && blank(t.text[from-1]) {
		from--
	}
	for to < len(t.text) && blank(t.text[to]) {
		to++
	}
	alone := (from == 0 || t.text[from-1] == '\n') && to < len(t.text) && t.text[to] == '\n'
	if alone {
		to++
	} else {
		to = end
	}
	t.edits = append(t.edits, edit{start: from, end: to})
}

// afterType is the place behind a field's type.
func (t *firstTransformer) afterType(f *ast.FieldDefinition) int {
	i := t.at[f.Position.Start] + 1
	if t.tokens[i].Kind == lexer.ParenL {
		i = t.closing(i, lexer.ParenL, lexer.ParenR) + 1
	}
	for i++; i < len(t.tokens); i++ { // behind the colon
		switch t.tokens[i].Kind {
		case lexer.BracketL, lexer.BracketR, lexer.Bang:
		case lexer.Name:
			if t.tokens[i-1].Kind != lexer.Colon && t.tokens[i-1].Kind != lexer.BracketL {
				return t.tokens[i-1].Pos.End
			}
		default:
			return t.tokens[i-1].Pos.End
		}
	}
	return len(t.text)
}

// beforeFields is the place of the first field of a type; beforeField that of one.
func (t *firstTransformer) beforeFields(d *ast.Definition) int { return t.beforeField(d.Fields[0]) }

func (t *firstTransformer) beforeField(f *ast.FieldDefinition) int {
	i := t.at[f.Position.Start]
	if f.Description != "" && i > 0 {
		i--
	}
	return t.tokens[i].Pos.Start
}
