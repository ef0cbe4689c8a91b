package record

// CONTRACT (to be implemented, then this file goes away; split into small files by topic).

// Parse checks that text is exactly one JSON value (RFC 8259, valid UTF-8, no duplicate names in
// an object, at most depth_max deep) and returns it. The error is a *SyntaxError with the offset.
func Parse(text []byte) (Value, error) { panic("unwritten") }

// Trust makes a Value of text that was checked before, without checking it again.
func Trust(text []byte) Value { panic("unwritten") }

// TrustString is Trust for a string.
func TrustString(text string) Value { panic("unwritten") }

// SyntaxError says where a text stops being JSON and why.
type SyntaxError struct {
	Offset int    // bytes from the start
	Reason string // a sentence
}

func (e *SyntaxError) Error() string { panic("unwritten") }

func (v Value) Kind() Kind     { panic("unwritten") }
func (v Value) Text() []byte   { panic("unwritten") } // verbatim; "null" for Missing
func (v Value) IsNull() bool   { panic("unwritten") } // Null or Missing
func (v Value) Exists() bool   { panic("unwritten") } // not Missing
func (v Value) Str() string    { panic("unwritten") } // unescaped; "" when not a String
func (v Value) Float() float64 { panic("unwritten") } // 0 when not a Number
func (v Value) Int() (int64, bool) {
	panic("unwritten") // exact integers only ("1", "1.0", "1e3" are; "1.5" and out of range are not)
}
func (v Value) Bool() bool { panic("unwritten") } // false when not a Bool
func (v Value) Len() int   { panic("unwritten") } // fields of an Object, elements of a List

// Field returns the value of a field of an Object, Missing when there is none.
func (v Value) Field(name string) Value { panic("unwritten") }

// Fields calls f for each field of an Object, in the order of the text, until f returns false.
func (v Value) Fields(f func(name string, value Value) bool) { panic("unwritten") }

// Elements calls f for each element of a List until f returns false.
func (v Value) Elements(f func(i int, value Value) bool) { panic("unwritten") }

// Equal compares deeply: numbers by value, strings unescaped, objects without regard to order.
// Null equals Missing at the top level and for the fields of objects.
func Equal(a, b Value) bool { panic("unwritten") }

// Overlay returns base with every field of changes put in its place (nulls included); fields
// that changes lacks keep base's text. The order is base's, new fields at the end.
func Overlay(base, changes Value) Value { panic("unwritten") }

// Changed returns an object of the fields of after that are not Equal in before.
func Changed(before, after Value) Value { panic("unwritten") }

// Without returns v less the named fields. Pick returns v with only these, in the order of names.
func Without(v Value, names ...string) Value { panic("unwritten") }
func Pick(v Value, names ...string) Value    { panic("unwritten") }

// Names returns the field names of an Object in order.
func Names(v Value) []string { panic("unwritten") }

// Builder writes an object or a list field by field. The zero Builder is ready; a name is
// written once, the caller sees to that.
type Builder struct{ text []byte }

func (b *Builder) Set(name string, v Value)        { panic("unwritten") } // Missing is skipped
func (b *Builder) SetString(name, value string)    { panic("unwritten") }
func (b *Builder) SetInt(name string, value int64) { panic("unwritten") }
func (b *Builder) SetBool(name string, value bool) { panic("unwritten") }
func (b *Builder) SetNull(name string)             { panic("unwritten") }
func (b *Builder) Object() Value                   { panic("unwritten") }

// ListBuilder writes a list.
type ListBuilder struct{ text []byte }

func (b *ListBuilder) Add(v Value)            { panic("unwritten") } // Missing is written as null
func (b *ListBuilder) AddString(value string) { panic("unwritten") }
func (b *ListBuilder) Len() int               { panic("unwritten") }
func (b *ListBuilder) List() Value            { panic("unwritten") }

// Single values.
func OfString(s string) Value { panic("unwritten") }
func OfInt(n int64) Value     { panic("unwritten") }
func OfBool(b bool) Value     { panic("unwritten") }
func NullValue() Value        { panic("unwritten") }

// AppendString appends s as a JSON string with quotes, valid UTF-8 (bad bytes become U+FFFD).
func AppendString(dst []byte, s string) []byte { panic("unwritten") }
