package appsync

import (
	"strconv"
	"strings"
	"testing"
)

// BenchmarkPageOf reads a sync page of 1,000 rows of 350 bytes from its response.
func BenchmarkPageOf(b *testing.B) {
	rows := make([]string, 1000)
	for n := range rows {
		rows[n] = `{"id":"0f8fad5b-d9cb-469f-a165-` + strconv.Itoa(100_000_000_000+n) + `","title":"Film number ` + strconv.Itoa(n) +
			`","text":"An opinionated text about a film that somebody saw once and has not forgotten since, for good reasons.",` +
			`"year":1999,"seen":true,"createdAt":"2024-05-01T10:20:30.123Z","updatedAt":"2024-05-01T10:20:30.123Z",` +
			`"_version":3,"_lastChangedAt":1714558830123,"_deleted":null}`
	}
	body := []byte(`{"data":{"syncFilms":{"items":[` + strings.Join(rows, ",") + `],"nextToken":null,"startedAt":1714558830123}}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		response, err := ParseResponse(body)
		if page, ok := PageOf(response, "syncFilms"); err != nil || !ok || len(page.Items) != len(rows) {
			b.Fatal(err, ok, len(page.Items))
		}
	}
}
