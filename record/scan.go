package record

import "bytes"

// The functions of this file walk over text that is known to be JSON. On other text they stay within its bytes and come
// to an end, but their results mean nothing.

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func skipSpace(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

// shortString is how far a string is read byte by byte. Most names and ids end before a search would pay off.
const shortString = 24

// skipString returns the offset behind the string whose opening quote is at i.
func skipString(text []byte, i int) int {
	i++
	for n, c := range text[min(i, len(text)):min(i+shortString, len(text))] {
		if c == '"' {
			return i + n + 1
		}
		if c == '\\' {
			break
		}
	}
	for i < len(text) {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		end := i + n
		backslashes := 0
		for end-1-backslashes >= i && text[end-1-backslashes] == '\\' {
			backslashes++
		}
		i = end + 1
		if backslashes%2 == 0 {
			return i
		}
	}
	return len(text)
}

// skipValue returns the offset behind the value that begins at i.
func skipValue(text []byte, i int) int {
	if i >= len(text) {
		return len(text)
	}
	switch text[i] {
	case '"':
		return skipString(text, i)
	case '{', '[':
		return skipContainer(text, i)
	}
	for i < len(text) {
		switch text[i] {
		case ',', '}', ']', ':', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
	return i
}

func skipContainer(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return len(text)
}

func kindOf(c byte) Kind {
	switch c {
	case '{':
		return Object
	case '[':
		return List
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	}
	if c == '-' || c >= '0' && c <= '9' {
		return Number
	}
	return Missing
}

// walker visits the fields of an object or the elements of a list.
type walker struct {
	text []byte
	at   int
}

// walk starts inside a container. For any other value it returns the zero walker, which finds nothing.
func walk(v Value, kind Kind) walker {
	if v.Kind() != kind || v.text == "" {
		return walker{}
	}
	return walker{text: v.bytes(), at: 1}
}

// field returns the next field: its raw name (between the quotes, escapes as written).
func (w *walker) field() (raw []byte, value Value, ok bool) {
	i := w.separator()
	if i >= len(w.text) || w.text[i] != '"' {
		return nil, Value{}, false
	}
	end := skipString(w.text, i)
	raw = w.text[i+1 : max(i+1, end-1)]
	i = skipSpace(w.text, end)
	if i < len(w.text) && w.text[i] == ':' {
		i = skipSpace(w.text, i+1)
	}
	return raw, w.valueAt(i), true
}

// element returns the next element.
func (w *walker) element() (value Value, ok bool) {
	i := w.separator()
	if i >= len(w.text) || w.text[i] == ']' {
		return Value{}, false
	}
	return w.valueAt(i), true
}

func (w *walker) separator() int {
	i := skipSpace(w.text, w.at)
	if i < len(w.text) && w.text[i] == ',' {
		i = skipSpace(w.text, i+1)
	}
	return i
}

func (w *walker) valueAt(i int) Value {
	end := skipValue(w.text, i)
	if end <= i { // not JSON, so leave the loop
		w.at = len(w.text)
		return Value{}
	}
	w.at = end
	return of(w.text[i:end])
}
