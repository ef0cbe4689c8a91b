package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/deltabase/deltabase/record"
)

// row is one row of the file, not yet converted.
type row struct {
	where  string // "index 21" in a JSON array, "line 22" in JSON Lines
	value  record.Value
	reason string // why it cannot be read, "" when it can
}

// readRows splits a file into rows. A JSON array is told from JSON Lines by its first character;
// a single object is a file of one row.
func readRows(text []byte) ([]row, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")) // a byte order mark
	if len(text) > fileBytesMax {
		return nil, errors.New("the file is larger than 1 GiB; split it")
	}
	trimmed := bytes.TrimSpace(text)
	switch {
	case len(trimmed) == 0:
		return nil, errors.New("the file is empty")
	case trimmed[0] == '[':
		return arrayRows(text)
	case trimmed[0] == '{' && json.Valid(trimmed):
		return []row{newRow("line 1", trimmed)}, nil
	}
	return lineRows(text), nil
}

func arrayRows(text []byte) ([]row, error) {
	var any json.RawMessage
	if err := json.Unmarshal(text, &any); err != nil {
		line := 0
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line = 1 + bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n"))
		}
		return nil, fmt.Errorf("line %d is not JSON: %w", line, err)
	}
	var rows []row
	record.Trust(text).Elements(func(i int, v record.Value) bool {
		rows = append(rows, newRow("index "+strconv.Itoa(i), v.Text()))
		return true
	})
	return rows, nil
}

func lineRows(text []byte) []row {
	var rows []row
	number := 0
	for line := range bytes.Lines(text) {
		number++
		if line = bytes.TrimSpace(line); len(line) > 0 {
			rows = append(rows, newRow("line "+strconv.Itoa(number), line))
		}
	}
	return rows
}

func newRow(where string, text []byte) row {
	r := row{where: where}
	v, err := record.Parse(text)
	switch {
	case err != nil:
		r.reason = err.Error()
	case v.Kind() != record.Object:
		r.reason = "A row is an object of fields, such as {\"title\": \"...\"}."
	default:
		r.value = v
	}
	return r
}
