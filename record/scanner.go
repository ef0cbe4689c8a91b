package record

// Scanner reads a text once, from beginning to end, and enters the objects and lists that its caller opens. Field,
// Elements and similar methods of Value first look for the end of a value and then read its content: on a page of many
// records that is one more pass over the whole text for each level.
//
//	s := Scan(v)
//	for ok := s.Open(Object); ok && s.Field(); {
//		if s.Named("rows") && s.Open(List) {
//			for s.Element() {
//				row := s.Value()
//			}
//		}
//	}
//
// The Scanner skips values that are neither opened nor read. When a loop is left early, it stays inside.
type Scanner struct {
	text []byte
	at   int
	name []byte
	next bool // the value at `at` was neither opened nor read
}

// Scan places a Scanner before v.
func Scan(v Value) *Scanner { return &Scanner{text: v.bytes(), next: v.Exists()} }

// Open enters the next value if it is of the given kind, Object or List.
func (s *Scanner) Open(kind Kind) bool {
	if !s.next || s.at >= len(s.text) || kindOf(s.text[s.at]) != kind {
		return false
	}
	s.at++
	s.next = false
	return true
}

// Value reads the next value. It is Missing when there is none, or when it was already opened or read.
func (s *Scanner) Value() Value {
	if !s.next {
		return Value{}
	}
	s.next = false
	end := skipValue(s.text, s.at)
	if end <= s.at { // not JSON, so leave the loops
		s.at = len(s.text)
		return Value{}
	}
	value := of(s.text[s.at:end])
	s.at = end
	return value
}

// Field moves to the value of the next field of the open object. At the object's end it returns false, and the Scanner
// stands behind the object.
func (s *Scanner) Field() bool {
	i := s.separator()
	if i >= len(s.text) || s.text[i] != '"' {
		s.leave(i)
		return false
	}
	end := skipString(s.text, i)
	s.name = s.text[i+1 : max(i+1, end-1)]
	i = skipSpace(s.text, end)
	if i < len(s.text) && s.text[i] == ':' {
		i = skipSpace(s.text, i+1)
	}
	s.at, s.next = i, true
	return true
}

// Named reports whether the field has that name.
func (s *Scanner) Named(name string) bool { return nameIs(s.name, name) }

// Element moves to the next element of the open list. At the list's end it returns false, and the Scanner stands behind
// the list.
func (s *Scanner) Element() bool {
	i := s.separator()
	if i >= len(s.text) || s.text[i] == ']' {
		s.leave(i)
		return false
	}
	s.at, s.next = i, true
	return true
}

func (s *Scanner) separator() int {
	s.Value()
	i := skipSpace(s.text, s.at)
	if i < len(s.text) && s.text[i] == ',' {
		i = skipSpace(s.text, i+1)
	}
	return i
}

func (s *Scanner) leave(i int) { s.at = min(i+1, len(s.text)) }
