package query

import (
	"strconv"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// films makes rows of about 350 bytes.
func films(n int) []record.Value {
	rows := make([]record.Value, n)
	for i := range rows {
		var b record.Builder
		b.SetString("id", "0f8fad5b-d9cb-469f-a165-"+strconv.Itoa(100_000_000_000+i))
		b.SetString("createdAt", "2024-05-01T10:20:30.123Z")
		b.SetString("updatedAt", "2024-05-01T10:20:30.123Z")
		b.SetString("meta", "An opinionated text about a film that somebody saw once and has not forgotten since, for good reasons.")
		b.SetString("title", "Film number "+strconv.Itoa(i*7919%n))
		b.SetInt("year", int64(1900+i%100))
		b.SetBool("seen", i%2 == 0)
		b.SetInt("_version", 3)
		b.SetInt("_lastChangedAt", 1714558830123)
		rows[i] = b.Object()
	}
	return rows
}

func BenchmarkMatch10000(b *testing.B) {
	rows := films(10_000)
	p := parse(b, `{"year":{"lt":1910}}`, Client)
	b.ReportAllocs()
	for b.Loop() {
		matches := 0
		for _, row := range rows {
			if p.Match(row) {
				matches++
			}
		}
		if matches != 1000 {
			b.Fatal(matches)
		}
	}
}

func BenchmarkSort10000(b *testing.B) {
	rows := films(10_000)
	keys := []SortKey{{Field: "title"}}
	sorted := make([]record.Value, len(rows))
	b.ReportAllocs()
	for b.Loop() {
		copy(sorted, rows)
		Sort(sorted, keys)
	}
	if got := sorted[1].Field("title").Str(); got != "Film number 1" {
		b.Fatal(got)
	}
}
