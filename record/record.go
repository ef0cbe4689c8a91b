// Package record handles a record as the JSON text that the server or the app gave. It reads fields from the text,
// compares values and writes new texts, without building maps.
//
// A Value is a view of text. It never changes the bytes that it was made from, and nobody else may change them while
// the Value is in use. The package imports no other package of this project.
package record

// Kind says what a Value is. Missing is the zero Value: a field that is not there.
type Kind uint8

const (
	Missing Kind = iota
	Null
	Bool
	Number
	String
	List
	Object
)

// Value is one JSON value as verbatim text. The zero Value is Missing. It is two words, because in WebAssembly every
// word of a value costs instructions wherever the value is passed. The first byte of the text tells the kind.
type Value struct {
	text string // without surrounding white space
}
