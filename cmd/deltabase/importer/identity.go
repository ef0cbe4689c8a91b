package importer

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"github.com/deltabase/deltabase/record"
)

// The name spaces of the ids that are made here (UUID version 5). They must never change: an
// import that is repeated finds its records by them.
var (
	recordSpace   = uuid.MustParse("5b0c1a7e-6a52-5d6f-9a57-0f6a5d1f2b01")
	mutationSpace = uuid.MustParse("5b0c1a7e-6a52-5d6f-9a57-0f6a5d1f2b02")
)

// recordID makes the id of a row that has none: from the model and what the row says, so that
// importing it again means the same record. repeat counts equal rows of one file, from 0.
func recordID(model string, canonical []byte, repeat int) string {
	name := append([]byte(model+"\x00"), canonical...)
	if repeat > 0 {
		name = append(name, "\x00"+strconv.Itoa(repeat)...)
	}
	return uuid.NewSHA1(recordSpace, name).String()
}

// mutationID makes the id of the mutation that creates a record, so that the server knows a
// repeated one.
func mutationID(model, id string) string {
	return uuid.NewSHA1(mutationSpace, []byte(model+"\x00"+id)).String()
}

// canonical is a text that is the same for equal rows: field names sorted, numbers and strings in
// one way of writing.
func canonical(v record.Value) []byte { return appendCanonical(nil, v) }

func appendCanonical(dst []byte, v record.Value) []byte {
	switch v.Kind() {
	case record.String:
		return record.AppendString(dst, v.Str())
	case record.Number:
		if n, ok := v.Int(); ok {
			return strconv.AppendInt(dst, n, 10)
		}
		return strconv.AppendFloat(dst, v.Float(), 'g', -1, 64)
	case record.List:
		dst = append(dst, '[')
		v.Elements(func(i int, e record.Value) bool {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendCanonical(dst, e)
			return true
		})
		return append(dst, ']')
	case record.Object:
		names := record.Names(v)
		slices.Sort(names)
		dst = append(dst, '{')
		for i, name := range names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(record.AppendString(dst, name), ':')
			dst = appendCanonical(dst, v.Field(name))
		}
		return append(dst, '}')
	}
	return append(dst, v.Text()...)
}
