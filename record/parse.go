package record

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// Parse checks that text is exactly one JSON value (RFC 8259, valid UTF-8, no duplicate names in
// an object, at most DepthMax deep) and returns it. The error is a *SyntaxError with the offset.
// Half of a surrogate pair is accepted if it is written as an escape: see Unpaired.
func Parse(text []byte) (Value, error) {
	p := parser{text: text}
	start := skipSpace(text, 0)
	end, err := p.value(start)
	if err != nil {
		return Value{}, err
	}
	if rest := skipSpace(text, end); rest < len(text) {
		return Value{}, p.wrong(rest, "There is more text after the end of the value.")
	}
	return of(text[start:end]), nil
}

// SyntaxError says where and why a text is not JSON.
type SyntaxError struct {
	Offset int    // bytes from the start
	Reason string // a sentence
}

func (e *SyntaxError) Error() string {
	return "invalid JSON at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

// parser holds the names of the objects that are being read, the innermost last.
type parser struct {
	text    []byte
	depth   int
	names   [][]byte
	escapes bool // a name with an escape was found, so names that differ as written may be equal
}

func (p *parser) wrong(at int, reason string) error {
	return &SyntaxError{Offset: at, Reason: reason}
}

// value checks the value at i and returns the offset after it.
func (p *parser) value(i int) (int, error) {
	if i >= len(p.text) {
		return 0, p.wrong(len(p.text), "The text ends where a value is expected.")
	}
	switch c := p.text[i]; {
	case c == '{':
		return p.object(i)
	case c == '[':
		return p.list(i)
	case c == '"':
		return p.str(i)
	case c == 't':
		return p.literal(i, "true")
	case c == 'f':
		return p.literal(i, "false")
	case c == 'n':
		return p.literal(i, "null")
	case c == '-' || c >= '0' && c <= '9':
		return p.number(i)
	}
	return 0, p.wrong(i, "A value cannot begin with this character.")
}

func (p *parser) literal(i int, word string) (int, error) {
	end := i + len(word)
	if end > len(p.text) || string(p.text[i:end]) != word {
		return 0, p.wrong(i, "Expected "+word+".")
	}
	return end, nil
}

func (p *parser) enter(i int) error {
	p.depth++
	if p.depth > DepthMax {
		return p.wrong(i, "Lists and objects are nested more than "+strconv.Itoa(DepthMax)+" deep.")
	}
	return nil
}

func (p *parser) list(i int) (int, error) {
	if err := p.enter(i); err != nil {
		return 0, err
	}
	i = skipSpace(p.text, i+1)
	if i < len(p.text) && p.text[i] == ']' {
		p.depth--
		return i + 1, nil
	}
	for {
		end, err := p.value(i)
		if err != nil {
			return 0, err
		}
		i = skipSpace(p.text, end)
		switch p.at(i) {
		case ',':
			i = skipSpace(p.text, i+1)
		case ']':
			p.depth--
			return i + 1, nil
		default:
			return 0, p.wrong(i, "Expected a comma or ] after an element.")
		}
	}
}

func (p *parser) object(i int) (int, error) {
	if err := p.enter(i); err != nil {
		return 0, err
	}
	outer := len(p.names)
	var seen map[string]struct{}
	i = skipSpace(p.text, i+1)
	if p.at(i) == '}' {
		p.depth--
		return i + 1, nil
	}
	for {
		if p.at(i) != '"' {
			return 0, p.wrong(i, "Expected a field name in double quotes.")
		}
		end, err := p.str(i)
		if err != nil {
			return 0, err
		}
		if seen, err = p.unique(i, end, outer, seen); err != nil {
			return 0, err
		}
		i = skipSpace(p.text, end)
		if p.at(i) != ':' {
			return 0, p.wrong(i, "Expected a colon after the field name.")
		}
		if end, err = p.value(skipSpace(p.text, i+1)); err != nil {
			return 0, err
		}
		i = skipSpace(p.text, end)
		switch p.at(i) {
		case ',':
			i = skipSpace(p.text, i+1)
		case '}':
			p.depth--
			p.names = p.names[:outer]
			return i + 1, nil
		default:
			return 0, p.wrong(i, "Expected a comma or } after a field.")
		}
	}
}

// unique notes the name at [i, end) of the object whose names begin at outer. Once an object has many names, the set
// seen replaces the comparison one by one.
func (p *parser) unique(i, end, outer int, seen map[string]struct{}) (map[string]struct{}, error) {
	raw := p.text[i+1 : end-1]
	const reason = "This field name is in the object twice."
	p.escapes = p.escapes || hasEscape(raw)
	if seen == nil && len(p.names)-outer < namesLinearMax {
		for _, other := range p.names[outer:] {
			if bytes.Equal(other, raw) || p.escapes && sameName(other, raw) {
				return nil, p.wrong(i, reason)
			}
		}
		p.names = append(p.names, raw)
		return nil, nil
	}
	if seen == nil {
		seen = map[string]struct{}{}
		for _, other := range p.names[outer:] {
			seen[string(unescape(nil, other, keepHalf))] = struct{}{}
		}
	}
	name := string(unescape(nil, raw, keepHalf))
	if _, twice := seen[name]; twice {
		return nil, p.wrong(i, reason)
	}
	seen[name] = struct{}{}
	return seen, nil
}

// at returns the byte at i, 0 at the end. A 0 within the text is refused, as every unexpected byte is.
func (p *parser) at(i int) byte {
	if i < len(p.text) {
		return p.text[i]
	}
	return 0
}

// ordinary are the bytes that a string may hold as they are.
var ordinary = func() (is [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		is[c] = c != '"' && c != '\\'
	}
	return is
}()

func (p *parser) str(start int) (int, error) {
	i := start + 1
	for i < len(p.text) {
		for _, c := range p.text[i:] {
			if !ordinary[c] {
				break
			}
			i++
		}
		c := p.at(i)
		switch {
		case i >= len(p.text):
		case c == '"':
			return i + 1, nil
		case c == '\\':
			n := p.escape(i)
			if n == 0 {
				return 0, p.wrong(i, "This is not a valid JSON escape.")
			}
			i += n
		case c < ' ':
			return 0, p.wrong(i, "A control character must be escaped inside a string.")
		default:
			r, n := utf8.DecodeRune(p.text[i:])
			if r == utf8.RuneError && n == 1 {
				return 0, p.wrong(i, "This byte is not valid UTF-8.")
			}
			i += n
		}
	}
	return 0, p.wrong(len(p.text), "The text ends inside a string.")
}

// escape returns the length of the escape at i, 0 when it is not a valid one.
func (p *parser) escape(i int) int {
	switch p.at(i + 1) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hexRune(p.text[i:]); ok {
			return 6
		}
	}
	return 0
}

func (p *parser) number(start int) (int, error) {
	i := start
	if p.at(i) == '-' {
		i++
	}
	if p.at(i) == '0' {
		i++
	} else if i = p.digits(i); i < 0 {
		return 0, p.wrong(start, "A number needs a digit after its sign.")
	}
	if p.at(i) == '.' {
		if i = p.digits(i + 1); i < 0 {
			return 0, p.wrong(start, "A number needs a digit after its point.")
		}
	}
	if c := p.at(i); c == 'e' || c == 'E' {
		i++
		if c := p.at(i); c == '+' || c == '-' {
			i++
		}
		if i = p.digits(i); i < 0 {
			return 0, p.wrong(start, "A number needs a digit in its exponent.")
		}
	}
	return i, nil
}

// digits returns the offset behind one or more digits, -1 when there are none.
func (p *parser) digits(i int) int {
	start := i
	for c := p.at(i); c >= '0' && c <= '9'; c = p.at(i) {
		i++
	}
	if i == start {
		return -1
	}
	return i
}
