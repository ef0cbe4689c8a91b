// Package record handles a record as the JSON text that the server or the app gave: it reads
// fields out of the text, compares values and writes new texts, without building maps.
//
// A Value is a view on text. It never changes the bytes it was made from, and nobody else may
// change them while the Value is in use. The package imports nothing of the project.
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

// Value is one JSON value as verbatim text. The zero Value is Missing. It is two words, because
// compiled to WebAssembly every word of a value costs instructions wherever the value goes; the
// first byte of the text tells the kind.
type Value struct {
	text string // without surrounding white space
}
