package store

import (
	"runtime"
	"strconv"
	"testing"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// library is a schema of two models: Film, and Review, which points at films by filmId.
func library(t testing.TB) *schema.Schema {
	t.Helper()
	field := func(name, scalar string) string {
		return `"` + name + `":{"name":"` + name + `","isArray":false,"type":"` + scalar +
			`","isRequired":false,"attributes":[]}`
	}
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4","enums":{},"nonModels":{},"models":{
		"Film":{"name":"Film","pluralName":"Films","syncable":true,
		"attributes":[{"type":"model","properties":{}}],"fields":{` + field("id", "ID") + `,` +
		field("title", "String") + `,` + field("year", "Int") + `,` + field("seen", "Boolean") + `}},
		"Review":{"name":"Review","pluralName":"Reviews","syncable":true,
		"attributes":[{"type":"model","properties":{}},
		{"type":"key","properties":{"name":"byFilm","fields":["filmId"]}}],"fields":{` + field("id", "ID") + `,` +
		field("text", "String") + `,` + field("filmId", "ID") + `}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// filmRow is a row of about 350 bytes.
func filmRow(i, n int) record.Value {
	var b record.Builder
	b.SetString("id", "0f8fad5b-d9cb-469f-a165-"+strconv.Itoa(100_000_000_000+i))
	b.SetString("createdAt", "2024-05-01T10:20:30.123Z")
	b.SetString("updatedAt", "2024-05-01T10:20:30.123Z")
	b.SetString("text", "An opinionated text about a film that somebody saw once and has not forgotten since, for good reasons.")
	b.SetString("title", "Film number "+strconv.Itoa(i*7919%n))
	b.SetString("filmId", "film-"+strconv.Itoa(i/10))
	b.SetInt("year", int64(1900+i%100))
	b.SetBool("seen", i%2 == 0)
	b.SetInt("_version", 3)
	b.SetInt("_lastChangedAt", 1714558830123)
	b.SetNull("_deleted")
	return b.Object()
}

func filled(b testing.TB, model string, n int) *Image {
	i := NewImage(library(b))
	c := &Commit{Seq: 1}
	for k := range n {
		row := filmRow(k, n)
		c.Rows = append(c.Rows, Row{Model: model, ID: row.Field("id").Str(), Order: uint64(k + 1), Base: row})
	}
	i.Apply(c)
	return i
}

func parsed(b testing.TB, i *Image, model, filter string) *query.Predicate {
	p, err := query.Parse(i.schema.Model(model), record.TrustString(filter), query.Client)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func sizes(b *testing.B, f func(b *testing.B, n int)) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) { f(b, n) })
	}
}

// BenchmarkMatchTenth answers a predicate that a tenth of the records match.
func BenchmarkMatchTenth(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		i := filled(b, "Film", n)
		p := parsed(b, i, "Film", `{"year":{"lt":1910}}`)
		b.ReportAllocs()
		for b.Loop() {
			if got := len(i.Select("Film", p, nil, query.Page{})); got != n/10 {
				b.Fatal(got)
			}
		}
	})
}

// BenchmarkFirstMatch is the same on a table that was never asked.
func BenchmarkFirstMatch(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		i := filled(b, "Film", n)
		p := parsed(b, i, "Film", `{"year":{"lt":1910}}`)
		for b.Loop() {
			i.SetSchema(i.schema)
			i.Select("Film", p, nil, query.Page{})
		}
	})
}

// BenchmarkSortFirst50 sorts by text and answers the first page.
func BenchmarkSortFirst50(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		i := filled(b, "Film", n)
		b.ReportAllocs()
		for b.Loop() {
			if got := len(i.Select("Film", nil, []query.SortKey{{Field: "title"}}, query.Page{Limit: 50})); got != 50 {
				b.Fatal(got)
			}
		}
	})
}

// BenchmarkFirstSort is the same on a table that was never asked.
func BenchmarkFirstSort(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		i := filled(b, "Film", n)
		for b.Loop() {
			i.SetSchema(i.schema)
			i.Select("Film", nil, []query.SortKey{{Field: "title"}}, query.Page{Limit: 50})
		}
	})
}

// BenchmarkSaveThenSort changes a record before each sorted page.
func BenchmarkSaveThenSort(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		i := filled(b, "Film", n)
		at := 0
		for b.Loop() {
			row := filmRow(at%n, n)
			i.Apply(&Commit{Rows: []Row{{Model: "Film", ID: row.Field("id").Str(), Order: uint64(at%n + 1), Base: row}}})
			i.Select("Film", nil, []query.SortKey{{Field: "title"}}, query.Page{Limit: 50})
			at += 37
		}
	})
}

// BenchmarkForeignKey looks up the ten children of one parent.
func BenchmarkForeignKey(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		i := filled(b, "Review", n)
		p := parsed(b, i, "Review", `{"filmId":{"eq":"film-77"}}`)
		b.ReportAllocs()
		for b.Loop() {
			if got := len(i.Select("Review", p, nil, query.Page{})); got != 10 {
				b.Fatal(got)
			}
		}
	})
}

// BenchmarkMemory reports the bytes that a record takes with three columns and two indexes.
func BenchmarkMemory(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		for b.Loop() {
			i := filled(b, "Film", n)
			before := heap()
			p := parsed(b, i, "Film", `{"year":{"lt":1910},"seen":{"eq":true}}`)
			i.Select("Film", p, []query.SortKey{{Field: "title"}}, query.Page{Limit: 50})
			i.Select("Film", p, []query.SortKey{{Field: "year", Descending: true}}, query.Page{Limit: 50})
			b.ReportMetric(float64(heap()-before)/float64(n), "B/record")
			runtime.KeepAlive(i)
		}
	})
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// BenchmarkReadPages reads the pages of a database into an image, as a start does.
func BenchmarkReadPages(b *testing.B) {
	sizes(b, func(b *testing.B, n int) {
		var pages [][]byte
		var rows []pageRow
		for k := range n {
			row := filmRow(k, n)
			rows = append(rows, pageRow{seq: 1, order: uint64(k + 1), id: row.Field("id").Str(), base: row})
			if len(rows) == pageRowsMax || k == n-1 {
				pages, rows = append(pages, encodePage("Film", rows)), nil
			}
		}
		for b.Loop() {
			l := newLoader(NewDatabase(nil, Limits{}), library(b))
			for at, text := range pages {
				l.read(PagesArea, pageKey("Film", uint64(at+1)), text)
			}
		}
	})
}
