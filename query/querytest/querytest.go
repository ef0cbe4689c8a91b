// Package querytest makes records, filters and orderings at random, from a seed, for tests that
// hold one evaluator of predicates against another.
package querytest

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// Schema has the model Film with a field of every kind, and an index on parentId.
func Schema() *schema.Schema {
	field := func(name, kind string, array bool) string {
		return `"` + name + `":{"name":"` + name + `","isArray":` + strconv.FormatBool(array) + `,"type":` + kind +
			`,"isRequired":false,"isArrayNullable":true,"attributes":[]}`
	}
	fields := strings.Join([]string{
		`"id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]}`,
		field("title", `"String"`, false), field("year", `"Int"`, false), field("rating", `"Float"`, false),
		field("seen", `"Boolean"`, false), field("tags", `"String"`, true), field("scores", `"Int"`, true),
		field("genre", `{"enum":"Genre"}`, false), field("place", `{"nonModel":"Place"}`, false),
		field("meta", `"AWSJSON"`, false), field("due", `"AWSDate"`, false), field("parentId", `"ID"`, false),
	}, ",")
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4",
		"enums":{"Genre":{"name":"Genre","values":["ROCK","JAZZ"]}},
		"nonModels":{"Place":{"name":"Place","fields":{` + field("city", `"String"`, false) + `}}},
		"models":{"Film":{"name":"Film","pluralName":"Films","syncable":true,"attributes":[
		{"type":"model","properties":{}},{"type":"key","properties":{"name":"byParent","fields":["parentId","year"]}}],
		"fields":{` + fields + `}}}}`))
	if err != nil {
		panic(err)
	}
	return s
}

// Source is a stream of random things; equal seeds give equal streams.
type Source struct {
	*rand.Rand
	// Typed keeps to values that every dialect compares alike: each of its field's type, present,
	// texts without characters beyond U+FFFF. Otherwise everything that a server or an older
	// schema may have left in a record occurs.
	Typed bool
	left  int // comparisons that the filter being made may still get
}

// New makes a source.
func New(seed uint64) *Source { return &Source{Rand: rand.New(rand.NewPCG(seed, seed>>7+1))} }

var (
	names  = []string{"title", "year", "rating", "seen", "tags", "scores", "genre", "place", "meta", "due", "parentId", "_version"}
	texts  = []string{`""`, `"a"`, `"ab"`, `"b"`, `"B"`, `"10"`, `"9"`, `"é"`, `"\u0061b"`, `"say \"b\""`, `"ﬀ"`, `"abc"`}
	astral = []string{`"😀"`, `"\ud83d\ude00b"`, `"\ud800"`, `"\uE000"`}
	odd    = []string{`" 0x10 "`, `"Infinity"`, `"1e3"`, `"true"`, `"null"`}
	whole  = []string{"0", "1", "-1", "2", "3", "10", "9", "2000"}
	others = []string{"1.0", "-0", "0.5", "1e1", "9007199254740993", "9007199254740992", "123456789012345678901", "1e400", "-2.5e-3"}
	dates  = []string{`"2024-01-01"`, `"2024-02-29"`, `"1970-01-01Z"`, `"2023-12-31"`}
	keys   = []string{`"p1"`, `"p2"`, `"p3"`, `"p4"`}
)

func (s *Source) of(lists ...[]string) string {
	list := lists[s.IntN(len(lists))]
	return list[s.IntN(len(list))]
}

// scalar is a value of a field's type.
func (s *Source) scalar(name string) string {
	switch name {
	case "year", "scores", "_version":
		return s.of(whole)
	case "rating":
		return s.of(whole, []string{"1.0", "0.5", "1e1", "-2.5e-3"})
	case "seen":
		return s.of([]string{"true", "false"})
	case "genre":
		return s.of([]string{`"ROCK"`, `"JAZZ"`})
	case "place":
		return s.of([]string{`{"city":"a"}`, `{"city":"b"}`, `{"city":null}`, `{}`})
	case "meta":
		return s.of([]string{`"{\"a\":1}"`, `"[]"`, `"7"`})
	case "due":
		return s.of(dates)
	case "parentId":
		return s.of(keys)
	}
	return s.of(texts)
}

func (s *Source) list(name string) string {
	var elements []string
	for range s.IntN(3) {
		elements = append(elements, s.scalar(name))
	}
	return "[" + strings.Join(elements, ",") + "]"
}

// value is what a record may hold in a field.
func (s *Source) value(name string) string {
	if !s.Typed && s.IntN(6) == 0 {
		return s.of([]string{"null", "true", "false", "[]", `["a",1]`, "{}", `{"city":"a"}`}, texts, astral, odd, whole, others)
	}
	if name == "tags" || name == "scores" {
		return s.list(name)
	}
	return s.scalar(name)
}

// Record is the text of a Film with the given id; fields may be missing unless Typed.
func (s *Source) Record(id string) string {
	var b strings.Builder
	b.WriteString(`{"id":"` + id + `"`)
	first := s.IntN(len(names)) // the order of fields is anybody's
	for i := range names {
		name := names[(first+i)%len(names)]
		if s.Typed || s.IntN(8) > 0 {
			b.WriteString(`,"` + name + `":` + s.value(name))
		}
	}
	b.WriteString("}")
	return b.String()
}

// Ordering is the text of an ordering of up to three fields, not "[]".
func (s *Source) Ordering() string {
	var parts []string
	for range 1 + s.IntN(3) {
		part := `{"field":"` + s.of(names, []string{"id"}) + `"`
		if s.IntN(2) == 0 {
			part += `,"direction":"` + s.of([]string{"ASCENDING", "DESCENDING"}) + `"`
		}
		parts = append(parts, part+"}")
	}
	return "[" + strings.Join(parts, ",") + "]"
}
