package querytest

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// Family is a schema at random: models with keys of every kind, which lead to each other over every kind of relation.
type Family struct {
	Models []*FamilyModel
	Schema *schema.Schema
	links  int
}

// FamilyModel is one of them. Every model has the fields n, an Int, and s, a String.
type FamilyModel struct {
	Name      string
	Key       []string
	Numeric   bool // the first key field is an Int
	Relations []FamilyRelation
	Foreign   []string // its foreign keys, of which those of one relation follow each other
	foreignTo []int    // of each foreign key, the model that it is of
	foreignAt []int    // and which field of its key

	declarations []string
}

// FamilyRelation is a field that leads to the records of another model whose Remote fields equal the Local ones.
type FamilyRelation struct {
	Name          string
	Target        int
	Local, Remote []string
}

// Family makes one of up to five models.
func (s *Source) Family() *Family {
	f := &Family{}
	for n := range 2 + s.IntN(4) {
		m := &FamilyModel{Name: "M" + strconv.Itoa(n)}
		switch s.IntN(4) {
		case 0:
			m.Key = []string{"code"}
			m.Numeric = s.IntN(2) == 0
		case 1:
			m.Key = []string{"area", "place"}
			m.Numeric = s.IntN(3) == 0
		default:
			m.Key = []string{"id"}
		}
		f.Models = append(f.Models, m)
	}
	for range 1 + s.IntN(5) {
		child := s.IntN(len(f.Models))
		f.connect(s, child, s.IntN(child+1)) // circles of BELONGS_TO are no schema, but a model may lead to itself
	}
	if len(f.Models) > 2 && s.IntN(2) == 0 { // many to many: the last model joins two others
		f.connect(s, len(f.Models)-1, s.IntN(len(f.Models)-1))
		f.connect(s, len(f.Models)-1, s.IntN(len(f.Models)-1))
	}
	f.load()
	return f
}

// connect lets a child lead to a parent, the parent to its children, or both.
func (f *Family) connect(s *Source, child, parent int) {
	c, p := f.Models[child], f.Models[parent]
	nth := strconv.Itoa(f.links)
	f.links++
	up, down := "up"+nth, "down"+nth
	named, kind := s.IntN(3), s.IntN(3)
	var keys []string
	for i, key := range p.Key {
		name := up + "_" + key
		keys = append(keys, name)
		c.Foreign, c.foreignTo, c.foreignAt = append(c.Foreign, name), append(c.foreignTo, parent), append(c.foreignAt, i)
		kind := "ID"
		if p.Numeric && i == 0 {
			kind = "Int"
		}
		if named == 0 || s.IntN(2) == 0 { // what names a foreign key here implies it
			c.declarations = append(c.declarations, scalarField(name, kind, false))
		}
	}
	if named != 0 || kind == 2 {
		c.relation(up, parent, []string{"BELONGS_TO", "HAS_ONE"}[s.IntN(2)], "targetNames", keys, p.Key, f)
	}
	if named != 1 {
		associated := keys
		if named == 2 && c.Relations[len(c.Relations)-1].Name == up && s.IntN(2) == 0 {
			associated = []string{up}
		}
		p.relation(down, child, []string{"HAS_MANY", "HAS_ONE"}[s.IntN(2)], "associatedWith", associated, keys, f)
	}
}

func (m *FamilyModel) relation(name string, target int, kind, word string, written, fields []string, f *Family) {
	to := f.Models[target]
	r := FamilyRelation{Name: name, Target: target, Local: m.Key, Remote: fields}
	more := ""
	if word == "targetNames" {
		r.Local, r.Remote = written, to.Key
		if kind == "HAS_ONE" {
			more = `,"associatedWith":["` + strings.Join(to.Key, `","`) + `"]`
		}
	}
	m.Relations = append(m.Relations, r)
	m.declarations = append(m.declarations, fmt.Sprintf(`"%s":{"name":"%s","isArray":%v,"type":{"model":"%s"},"isRequired":false,"attributes":[],`+
		`"isArrayNullable":true,"association":{"connectionType":"%s","%s":["%s"]%s}}`,
		name, name, kind == "HAS_MANY", to.Name, kind, word, strings.Join(written, `","`), more))
}

func scalarField(name, kind string, required bool) string {
	return fmt.Sprintf(`"%s":{"name":"%s","isArray":false,"type":"%s","isRequired":%v,"attributes":[]}`, name, name, kind, required)
}

func (f *Family) load() {
	var models []string
	for _, m := range f.Models {
		fields := []string{scalarField("n", "Int", false), scalarField("s", "String", false)}
		for i, key := range m.Key {
			kind := "ID"
			if m.Numeric && i == 0 {
				kind = "Int"
			}
			fields = append(fields, scalarField(key, kind, true))
		}
		key := ""
		if m.Key[0] != "id" {
			key = `,{"type":"key","properties":{"fields":["` + strings.Join(m.Key, `","`) + `"]}}`
		}
		models = append(models, fmt.Sprintf(`"%s":{"name":"%s","pluralName":"%ss","syncable":true,"attributes":[{"type":"model","properties":{}}%s],"fields":{%s}}`,
			m.Name, m.Name, m.Name, key, strings.Join(append(fields, m.declarations...), ",")))
	}
	text := `{"version":"1","codegenVersion":"3.4.4","enums":{},"nonModels":{},"models":{` + strings.Join(models, ",") + `}}`
	s, err := schema.Load([]byte(text))
	if err != nil {
		panic(err.Error() + ": " + text)
	}
	f.Schema = s
}

var joinTexts = []string{"1", "2", "3", "4", "a#b", `a\\b`, "é", "true"}

// keyValue is a value that a key field, or a foreign key, may have.
func (s *Source) keyValue(numeric bool) string {
	if numeric {
		return strconv.Itoa(1 + s.IntN(4))
	}
	return `"` + joinTexts[s.IntN(2+s.IntN(len(joinTexts)-1))] + `"`
}

// Member is the text of a record of the n-th model: few keys, so that records lead to each other; some foreign keys
// are missing, null, of records that are not there, or of another type than the key.
func (s *Source) Member(f *Family, n int) string {
	m := f.Models[n]
	var parts []string
	for i, key := range m.Key {
		parts = append(parts, `"`+key+`":`+s.keyValue(m.Numeric && i == 0))
	}
	for i, name := range m.Foreign {
		switch s.IntN(12) {
		case 0:
		case 1:
			parts = append(parts, `"`+name+`":null`)
		case 2:
			parts = append(parts, `"`+name+`":`+s.of([]string{`""`, `"9"`, `1`, `"1"`, `1.0`, `true`, `[1]`, `"\u0061#b"`}))
		default:
			parts = append(parts, `"`+name+`":`+s.keyValue(f.Models[m.foreignTo[i]].Numeric && m.foreignAt[i] == 0))
		}
	}
	if s.IntN(6) > 0 {
		parts = append(parts, `"n":`+s.of([]string{"0", "1", "2", "3", "null"}))
	}
	if s.IntN(6) > 0 {
		parts = append(parts, `"s":`+s.of([]string{`"a"`, `"ab"`, `"b"`, `""`, "null"}))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// RelatedFilter is the text of a filter for the n-th model that leads to others where it can.
func (s *Source) RelatedFilter(f *Family, n int) string {
	s.left = comparisonsMax
	return s.relatedGroup(f, n, 5)
}

func (s *Source) relatedGroup(f *Family, n, depth int) string {
	var parts []string
	used := map[string]bool{}
	count := 1
	if s.left > 0 && s.IntN(3) == 0 {
		count = 2
	}
	if s.IntN(30) == 0 {
		count = 0
	}
	for range count {
		name, text := s.relatedPart(f, n, depth)
		if !used[name] {
			used[name] = true
			parts = append(parts, `"`+name+`":`+text)
		}
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func (s *Source) relatedPart(f *Family, n, depth int) (name, text string) {
	m := f.Models[n]
	if depth > 0 && s.left > 0 {
		switch pick := s.IntN(10); {
		case pick == 0:
			return "not", s.relatedGroup(f, n, depth-1)
		case pick < 3:
			return "and", "[" + s.relatedGroup(f, n, depth-1) + "," + s.relatedGroup(f, n, depth-1) + "]"
		case pick < 5:
			return "or", "[" + s.relatedGroup(f, n, depth-1) + "," + s.relatedGroup(f, n, depth-1) + "]"
		case len(m.Relations) > 0:
			r := m.Relations[s.IntN(len(m.Relations))]
			return r.Name, s.relatedGroup(f, r.Target, depth-1)
		}
	}
	s.left--
	return s.memberComparison(f, n)
}

func (s *Source) memberComparison(f *Family, n int) (name, text string) {
	m := f.Models[n]
	number := func() string { return s.of([]string{"0", "1", "2", "3", "null"}) }
	word := func() string { return s.of([]string{`"a"`, `"ab"`, `"b"`, `""`, "null"}) }
	switch s.IntN(8) {
	case 0:
		i := s.IntN(len(m.Key))
		return m.Key[i], `{"eq":` + s.keyValue(m.Numeric && i == 0) + `}`
	case 1:
		if len(m.Foreign) > 0 {
			i := s.IntN(len(m.Foreign))
			return m.Foreign[i], `{"` + s.of([]string{"eq", "ne"}) + `":` + s.keyValue(f.Models[m.foreignTo[i]].Numeric && m.foreignAt[i] == 0) + `}`
		}
	case 2, 3, 4:
		if s.IntN(4) == 0 {
			return "n", `{"between":[` + strconv.Itoa(s.IntN(2)) + `,` + strconv.Itoa(1+s.IntN(3)) + `]}`
		}
		return "n", `{"` + s.of([]string{"eq", "ne", "lt", "le", "gt", "ge"}) + `":` + number() + `}`
	}
	switch s.IntN(4) {
	case 0:
		return "s", `{"` + s.of([]string{"in", "notIn"}) + `":[` + word() + "," + word() + `]}`
	case 1:
		return "s", `{"` + s.of([]string{"contains", "notContains", "beginsWith"}) + `":` + s.of([]string{`"a"`, `"b"`}) + `}`
	}
	return "s", `{"` + s.of([]string{"eq", "ne"}) + `":` + word() + `}`
}
