package server_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server/memory"
)

// TestTakenValuesAreServed: what schema.Strict takes (the page checks so before it saves), the server
// takes too, and gives back as it was; and what it refuses, it refused before.
func TestTakenValuesAreServed(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	g := &valueMaker{rand.New(rand.NewPCG(seed, 1))}
	models, err := sdl.Parse("schema.graphql", []byte(everyScalar))
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, everyScalar, memory.New(0))
	m := models.Model("All")
	const output = `id i f b s l m at d t stamp mail j u p ip kind kinds place { street zip near { street } } places { street zip near { street } }`
	taken, refused := 0, 0
	for n := range 3_000 {
		row := g.row(fmt.Sprint("r", n))
		problem := models.CheckAs(schema.Strict, m, row, true)
		answer := w.ask(`mutation m($i: CreateAllInput!) { createAll(input: $i) { `+output+` } }`, `{"i":`+row.String()+`}`)
		if problem != nil {
			refused++
			continue
		}
		taken++
		if len(answer.Errors) > 0 {
			t.Fatalf("seed %d: the check takes %s, and the server says %s", seed, row, answer.Errors[0].Message)
		}
		read := w.ask(`query q($id: ID!) { getAll(id: $id) { `+output+` } }`, `{"id":"`+fmt.Sprint("r", n)+`"}`)
		for place, got := range map[string]record.Value{"answer": answer.Data.Field("createAll"), "read": read.Data.Field("getAll")} {
			row.Fields(func(name string, v record.Value) bool {
				if !record.Equal(got.Field(name), v) {
					t.Errorf("seed %d, %s: %s was %s and is %s", seed, place, name, v, got.Field(name))
				}
				return true
			})
		}
	}
	if taken < 300 || refused < 300 {
		t.Errorf("seed %d: %d taken and %d refused: the values are one-sided", seed, taken, refused)
	}
}

// valueMaker draws values, most of them good, of the fields of everyScalar.
type valueMaker struct{ *rand.Rand }

func one[T any](g *valueMaker, list ...T) T { return list[g.IntN(len(list))] }

func (g *valueMaker) text() string {
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(one(g, "a", "Z", "0", " ", `"`, `\`, "\n", "\x00", "é", "漢", "😀", "\u2028", "{", "null", "-", ":", "+", "T"))
	}
	return b.String()
}

func (g *valueMaker) day() string {
	return fmt.Sprintf("%04d-%02d-%02d", g.IntN(3000), g.IntN(14), 1+g.IntN(31))
}

func (g *valueMaker) clock() string {
	text := fmt.Sprintf("%02d:%02d", g.IntN(25), g.IntN(61))
	return text + one(g, "", fmt.Sprintf(":%02d", g.IntN(61)), fmt.Sprintf(":%02d.%d", g.IntN(60), g.IntN(1_000_000)))
}

func (g *valueMaker) zone() string {
	return one(g, "", "Z", fmt.Sprintf("%s%02d:%02d", one(g, "+", "-"), g.IntN(20), g.IntN(60)))
}

func (g *valueMaker) number() string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprint(g.IntN(1<<33) - 1<<32)
	case 1:
		f := math.Float64frombits(g.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return "0"
		}
		text, _ := json.Marshal(f)
		return string(text)
	case 2:
		return one(g, "0", "1", "-1", "2147483647", "2147483648", "-2147483648", "9007199254740993", "9223372036854775807", "9223372036854775808", "1.0", "1e3")
	}
	return fmt.Sprint(g.IntN(100))
}

func (g *valueMaker) json(depth int) string {
	switch g.IntN(6) {
	case 0:
		return g.number()
	case 1:
		return one(g, "null", "true", `"5"`, "[]", "{}", `"\ud83d"`, `{"n":12345678901234567890}`)
	case 2, 3:
		return string(record.AppendString(nil, g.text()))
	}
	if depth > 2 {
		return "1"
	}
	return "[" + g.json(depth+1) + `,{"a":` + g.json(depth+1) + "}]"
}

// value is a field's value as JSON text.
func (g *valueMaker) value(name string) string {
	quoted := func(s string) string { return string(record.AppendString(nil, s)) }
	list := func(make func() string) string {
		parts := texts(g.IntN(3), make)
		return "[" + strings.Join(parts, ",") + "]"
	}
	if name != "j" && g.IntN(8) == 0 { // the page writes JSON as text before it is checked
		return one(g, "null", g.number(), quoted(g.text()), `"half \ud83d"`, "true", "[]", "{}")
	}
	switch name {
	case "i", "f", "stamp":
		return g.number()
	case "b":
		return one(g, "true", "false")
	case "at":
		return quoted(g.day() + "T" + g.clock() + g.zone())
	case "d":
		return quoted(g.day() + g.zone())
	case "t":
		return quoted(g.clock() + g.zone())
	case "mail":
		return quoted(one(g, "a@b", "a.b@c.example", "a@b..c", "@", g.text()+"@b"))
	case "u":
		return quoted(one(g, "https://a.b/c", "urn:x", "https://a.b//c", "mailto:"+g.text(), "https://"+g.text()))
	case "p":
		return quoted(one(g, "", "+") + fmt.Sprint(g.Uint64N(1_000_000_000_000)))
	case "ip":
		return quoted(fmt.Sprintf("%d.%d.0.%d", g.IntN(260), g.IntN(260), g.IntN(9)))
	case "j":
		return quoted(g.json(0))
	case "kind":
		return one(g, `"A"`, `"B"`, `"B"`, `"C"`)
	case "kinds":
		return list(func() string { return one(g, `"A"`, `"B"`, "null") })
	case "l":
		return list(func() string { return quoted(g.text()) })
	case "m":
		return list(func() string { return one(g, "null", "1", g.number()) })
	case "place":
		return g.place()
	case "places":
		return list(g.place)
	}
	return quoted(g.text())
}

func texts(n int, make func() string) (parts []string) {
	for range n {
		parts = append(parts, make())
	}
	return parts
}

func (g *valueMaker) place() string {
	return `{"street":` + string(record.AppendString(nil, g.text())) + one(g, "", `,"zip":`+g.number(), `,"near":{"street":"x"}`, `,"near":{}`, `,"no":1`) + `}`
}

// row is a record with a few of the fields.
func (g *valueMaker) row(id string) record.Value {
	var b record.Builder
	b.SetString("id", id)
	names := []string{"i", "f", "b", "s", "l", "m", "at", "d", "t", "stamp", "mail", "j", "u", "p", "ip", "kind", "kinds", "place", "places"}
	g.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
	for _, name := range names[:1+g.IntN(3)] {
		b.Set(name, record.TrustString(g.value(name)))
	}
	return b.Object()
}
