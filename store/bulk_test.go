package store

import (
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

func TestSplit(t *testing.T) {
	limits := DefaultLimits()
	for _, c := range []struct {
		lengths string // of the rows' texts: how many times how long
		parts   string // rows in each page
	}{
		{"0x300", ""},
		{"1x300", "1"},
		{"500x100", "500"},
		{"501x100", "251 250"}, // more rows than a page may have
		{"1000x290", "334 334 332"},
		{"1000x100", "500 500"},
		{"3x170000", "1 1 1"},
		{"1x400000 2x300", "1 2"},
		{"400x100 2x170000", "400 1 1"}, // even pages would be more
	} {
		var rows []pageRow
		for _, group := range strings.Fields(c.lengths) {
			times, length, _ := strings.Cut(group, "x")
			count, _ := strconv.Atoi(times)
			bytes, _ := strconv.Atoi(length)
			for range count {
				text := `{"a":"` + strings.Repeat("x", bytes-8) + `"}`
				rows = append(rows, pageRow{id: "36 characters as most identifiers are", base: record.Trust([]byte(text))})
			}
		}
		var got []string
		together := 0
		for _, part := range limits.split(rows) {
			got = append(got, strconv.Itoa(len(part)))
			together += len(part)
		}
		if strings.Join(got, " ") != c.parts || together != len(rows) {
			t.Errorf("%s: %v, want %s", c.lengths, got, c.parts)
		}
	}
}
