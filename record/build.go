package record

import "strconv"

// Builder writes an object field by field. The zero Builder is ready for use. The caller must not write a name twice.
type Builder struct{ text []byte }

// builderBytes is the first capacity of a Builder: most objects would outgrow the first few steps of append.
const builderBytes = 64

func (b *Builder) next() {
	if len(b.text) == 0 {
		if b.text == nil {
			b.text = make([]byte, 0, builderBytes)
		}
		b.text = append(b.text, '{')
	} else {
		b.text = append(b.text, ',')
	}
}

func (b *Builder) name(name string) {
	b.next()
	b.text = append(AppendString(b.text, name), ':')
}

func (b *Builder) setRaw(raw []byte, v Value) {
	if v.Kind() == Missing {
		return
	}
	b.next()
	b.text = append(append(append(b.text, '"'), raw...), '"', ':')
	b.text = append(b.text, v.text...)
}

// Set writes a field; Missing is skipped.
func (b *Builder) Set(name string, v Value) {
	if v.Kind() == Missing {
		return
	}
	b.name(name)
	b.text = append(b.text, v.text...)
}

// SetString writes a String field.
func (b *Builder) SetString(name, value string) {
	b.name(name)
	b.text = AppendString(b.text, value)
}

// SetInt writes a Number field.
func (b *Builder) SetInt(name string, value int64) {
	b.name(name)
	b.text = strconv.AppendInt(b.text, value, 10)
}

// SetBool writes a Bool field.
func (b *Builder) SetBool(name string, value bool) {
	b.name(name)
	b.text = strconv.AppendBool(b.text, value)
}

// SetNull writes a Null field.
func (b *Builder) SetNull(name string) {
	b.name(name)
	b.text = append(b.text, "null"...)
}

// Object returns the object that was written, and empties the Builder.
func (b *Builder) Object() Value {
	text := b.text
	b.text = nil
	if len(text) == 0 {
		text = append(text, '{')
	}
	return of(append(text, '}'))
}

// ListBuilder writes a list element by element. The zero ListBuilder is ready for use.
type ListBuilder struct {
	text  []byte
	count int
}

func (b *ListBuilder) next() {
	if b.count == 0 {
		b.text = append(b.text, '[')
	} else {
		b.text = append(b.text, ',')
	}
	b.count++
}

// Add writes an element; Missing is written as null.
func (b *ListBuilder) Add(v Value) {
	b.next()
	b.text = append(b.text, v.Text()...)
}

// AddString writes a String element.
func (b *ListBuilder) AddString(value string) {
	b.next()
	b.text = AppendString(b.text, value)
}

// Len returns the number of elements written so far.
func (b *ListBuilder) Len() int { return b.count }

// List returns the list that was written, and empties the ListBuilder.
func (b *ListBuilder) List() Value {
	text := b.text
	*b = ListBuilder{}
	if len(text) == 0 {
		text = append(text, '[')
	}
	return of(append(text, ']'))
}

// OfString makes a String.
func OfString(s string) Value {
	return of(AppendString(make([]byte, 0, len(s)+2), s))
}

// OfInt makes a Number.
func OfInt(n int64) Value { return of(strconv.AppendInt(nil, n, 10)) }

// OfBool makes a Bool.
func OfBool(b bool) Value { return of(strconv.AppendBool(nil, b)) }

// NullValue is null. Unlike Missing, it exists.
func NullValue() Value { return of(nullText) }
