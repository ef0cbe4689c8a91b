package store

import (
	"hash/crc32"
	"strconv"

	"github.com/deltabase/deltabase/record"
)

// jsonText writes a JSON text value by value. Stored texts are JSON so that a person can read them in the browser's
// developer tools.
type jsonText struct {
	text  []byte
	comma bool
}

func (j *jsonText) separate() {
	if j.comma {
		j.text = append(j.text, ',')
	}
	j.comma = true
}

//go:noinline
func (j *jsonText) open(bracket byte) {
	j.text = append(j.text, bracket)
	j.comma = false
}

//go:noinline
func (j *jsonText) close(bracket byte) {
	j.text = append(j.text, bracket)
	j.comma = true
}

//go:noinline
func (j *jsonText) name(name string) {
	j.separate()
	j.text = append(j.text, '"')
	j.text = append(j.text, name...)
	j.text = append(j.text, '"', ':')
	j.comma = false
}

// The setters leave out empty values: 0, "", false and Missing. They are not inlined, because a commit has so many
// fields that the module would grow by more than the calls cost.

//go:noinline
func (j *jsonText) setString(name, value string) {
	if value != "" {
		j.name(name)
		j.text = record.AppendString(j.text, value)
		j.comma = true
	}
}

//go:noinline
func (j *jsonText) setInt(name string, value int64) {
	if value != 0 {
		j.name(name)
		j.text = strconv.AppendInt(j.text, value, 10)
		j.comma = true
	}
}

//go:noinline
func (j *jsonText) setUint(name string, value uint64) { j.setInt(name, int64(value)) }

//go:noinline
func (j *jsonText) setBool(name string, value bool) {
	if value {
		j.name(name)
		j.text = append(j.text, "true"...)
		j.comma = true
	}
}

//go:noinline
func (j *jsonText) setValue(name string, value record.Value) {
	if value.Exists() {
		j.name(name)
		j.text = append(j.text, value.Text()...)
		j.comma = true
	}
}

// list writes an array of n objects; nothing when n is 0.
func (j *jsonText) list(name string, n int, each func(n int)) {
	if n == 0 {
		return
	}
	j.name(name)
	j.open('[')
	for at := range n {
		j.separate()
		j.open('{')
		each(at)
		j.close('}')
	}
	j.close(']')
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	sealStart  = `{"crc":"`
	sealMiddle = `",`
	sealLength = len(sealStart) + 8 + len(sealMiddle)
)

// newSealed begins a text with room for its checksum in front; seal fills it in.
func newSealed(capacity int) *jsonText {
	j := &jsonText{text: make([]byte, 0, capacity+sealLength+1)}
	j.text = append(j.text, sealStart+"00000000"+sealMiddle...)
	return j
}

// seal ends the text: {"crc":"<CRC-32C of all that follows the comma, 8 hex digits>",...}.
func (j *jsonText) seal() []byte {
	j.close('}')
	putHex(j.text[len(sealStart):], crc32.Checksum(j.text[sealLength:], castagnoli))
	return j.text
}

func putHex(dst []byte, sum uint32) {
	for n := range 8 {
		dst[n] = "0123456789abcdef"[sum>>(28-4*n)&15]
	}
}

// unseal checks the checksum and returns the text as an object. It does not parse the text again: a record in it may be
// as deeply nested as a text of its own, and a text with the right checksum was written by seal.
func unseal(text []byte) (record.Value, error) {
	if len(text) < sealLength+1 || string(text[:len(sealStart)]) != sealStart ||
		string(text[sealLength-len(sealMiddle):sealLength]) != sealMiddle {
		return record.Value{}, corrupt("it does not begin with a checksum")
	}
	var sum [8]byte
	putHex(sum[:], crc32.Checksum(text[sealLength:], castagnoli))
	if string(sum[:]) != string(text[len(sealStart):len(sealStart)+8]) {
		return record.Value{}, corrupt("its checksum does not fit")
	}
	if text[len(text)-1] != '}' {
		return record.Value{}, corrupt("it is not a JSON object")
	}
	return record.Trust(text), nil
}

func corrupt(reason string) *Fault {
	return &Fault{Code: CodeCorrupt, Message: "a stored value was left out because " + reason}
}
