package record

import "unsafe"

// Trust makes a Value of text that was checked before. It does not check the text again. Empty text gives Missing.
func Trust(text []byte) Value {
	start := skipSpace(text, 0)
	end := len(text)
	for end > start && isSpace(text[end-1]) {
		end--
	}
	if start == end {
		return Value{}
	}
	return of(text[start:end])
}

// of makes a Value of text without surrounding white space, and takes the text over.
func of(text []byte) Value { return Value{unsafe.String(unsafe.SliceData(text), len(text))} }

// bytes is the text for reading, without a copy.
func (v Value) bytes() []byte { return unsafe.Slice(unsafe.StringData(v.text), len(v.text)) }

// TrustString is Trust for a string.
func TrustString(text string) Value { return Trust(unsafe.Slice(unsafe.StringData(text), len(text))) }

// Kind is the kind of the value, Missing for a field that is not there.
func (v Value) Kind() Kind {
	if v.text == "" {
		return Missing
	}
	return kindOf(v.text[0])
}

var nullText = []byte("null")

// Text returns the value as it was written, "null" for Missing. The caller must not change it.
func (v Value) Text() []byte {
	if v.text == "" {
		return nullText
	}
	return v.bytes()
}

// String returns Text as a string.
func (v Value) String() string {
	if v.text == "" {
		return "null"
	}
	return v.text
}

// IsNull reports whether the value is Null or Missing.
func (v Value) IsNull() bool { return v.text == "" || v.text[0] == 'n' }

// Exists reports whether the value is not Missing.
func (v Value) Exists() bool { return v.text != "" }

// Bool returns the value of a Bool, false for anything else.
func (v Value) Bool() bool { return v.text != "" && v.text[0] == 't' }

// Str returns the unescaped text of a String, "" for anything else. Half of a surrogate pair
// becomes U+FFFD.
func (v Value) Str() string {
	if v.Kind() != String || len(v.text) < 2 {
		return ""
	}
	raw := v.bytes()[1 : len(v.bytes())-1]
	if !hasEscape(raw) {
		return string(raw)
	}
	return string(unescape(make([]byte, 0, len(raw)), raw, replaceHalf))
}

// Unpaired reports whether a String holds half of a surrogate pair (such as "\ud800"), which
// JSON allows and Unicode text does not.
func (v Value) Unpaired() bool {
	if v.Kind() != String || len(v.text) < 2 {
		return false
	}
	raw := v.bytes()[1 : len(v.bytes())-1]
	if !hasEscape(raw) {
		return false
	}
	found := false
	unescape(nil, raw, func(dst []byte, _ rune) []byte { found = true; return dst })
	return found
}

// Len returns the number of fields of an Object or of elements of a List, 0 for anything else.
func (v Value) Len() int {
	n := 0
	switch v.Kind() {
	case Object:
		for w := walk(v, Object); ; n++ {
			if _, _, ok := w.field(); !ok {
				return n
			}
		}
	case List:
		for w := walk(v, List); ; n++ {
			if _, ok := w.element(); !ok {
				return n
			}
		}
	}
	return 0
}

// Field returns the value of a field of an Object, Missing when there is none.
func (v Value) Field(name string) Value {
	for w := walk(v, Object); ; {
		raw, value, ok := w.field()
		if !ok {
			return Value{}
		}
		if nameIs(raw, name) {
			return value
		}
	}
}

// Three returns the values of three fields of an Object in one walk, each as Field does.
func (v Value) Three(a, b, c string) (found [3]Value) {
	names := [3]string{a, b, c}
	left := 3
	for w := walk(v, Object); left > 0; {
		raw, value, ok := w.field()
		if !ok {
			break
		}
		for n, name := range names {
			if found[n].text == "" && nameIs(raw, name) {
				found[n] = value
				left--
			}
		}
	}
	return found
}

// Fields calls f for each field of an Object, in the order of the text, until f returns false.
func (v Value) Fields(f func(name string, value Value) bool) {
	for w := walk(v, Object); ; {
		raw, value, ok := w.field()
		if !ok || !f(nameOf(raw), value) {
			return
		}
	}
}

// Elements calls f for each element of a List until f returns false.
func (v Value) Elements(f func(i int, value Value) bool) {
	w := walk(v, List)
	for i := 0; ; i++ {
		value, ok := w.element()
		if !ok || !f(i, value) {
			return
		}
	}
}

// Names returns the field names of an Object in order.
func Names(v Value) []string {
	var names []string
	v.Fields(func(name string, _ Value) bool {
		names = append(names, name)
		return true
	})
	return names
}
