package schema

import (
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

func TestRecordID(t *testing.T) {
	s := mustLoad(t, blog)
	for _, c := range []struct{ model, row, id, err string }{
		{"Post", `{"id":"a#b\\c"}`, `a#b\c`, ""},
		{"Post", `{"id":12}`, "12", ""},
		{"Post", `{"id":""}`, "", "An index field cannot contain an empty string value"},
		{"Post", `{"id":null}`, "", "Field id is required"},
		{"Post", `{}`, "", "Field id is required"},
		{"Post", `{"id":[]}`, "", "cannot hold a list"},
		{"Post", `{"id":"\ud800"}`, "", "half of a surrogate pair"},
		{"Shelf", `{"number":7.0}`, "7", ""},
		{"Shelf", `{"number":7.5}`, "7.5", ""},
		{"Extra", `{"sku":"a#b","nr":1}`, `a\#b#1`, ""},
		{"Extra", `{"sku":"\\","nr":-1}`, `\\#-1`, ""},
		{"Extra", `{"sku":"a","nr":""}`, "", "empty string"},
	} {
		id, err := s.Model(c.model).RecordID(record.TrustString(c.row))
		if id != c.id || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %q %v", c.row, id, err)
		}
		if err != nil {
			continue
		}
		key, err := s.Model(c.model).KeyFields(id)
		if err != nil {
			t.Errorf("KeyFields(%q): %v", id, err)
		}
		if back, err := s.Model(c.model).RecordID(key); err != nil || back != id {
			t.Errorf("%q came back as %q, %v", id, back, err)
		}
	}
	for _, c := range []struct{ model, id, want string }{
		{"Extra", "a", "has 1 parts, the key of Extra has 2"},
		{"Extra", "a#b#c", "has 3 parts"},
		{"Extra", "a#x", "Field nr of the key cannot be"},
		{"Extra", "#1", "Field sku of the key cannot be"},
		{"Shelf", `"7"`, "Field number of the key cannot be"},
	} {
		if _, err := s.Model(c.model).KeyFields(c.id); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: %v", c.model, c.id, err)
		}
	}
	flag := &Model{Name: "F", Key: []string{"on"}, Fields: []*Field{{Name: "on", Type: Type{Scalar: Boolean}}}}
	if id, err := flag.RecordID(record.TrustString(`{"on":true}`)); id != "true" || err != nil {
		t.Errorf("%q %v", id, err)
	}
	if v, err := flag.KeyFields("true"); err != nil || v.String() != `{"on":true}` {
		t.Errorf("%s %v", v, err)
	}
}

// FuzzIdentity: different keys have different identities, and each leads back to its key.
func FuzzIdentity(f *testing.F) {
	f.Add("a", "b", "a#", "b")
	f.Add(`a\`, "b", "a", `\b`)
	f.Add("a#b", "c", "a", "b#c")
	m := &Model{Name: "M", Key: []string{"x", "y"}}
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		row := func(x, y string) record.Value {
			var build record.Builder
			build.SetString("x", x)
			build.SetString("y", y)
			return build.Object()
		}
		one, two := row(a, b), row(c, d)
		id, err := m.RecordID(one)
		other, err2 := m.RecordID(two)
		if err != nil || err2 != nil {
			return
		}
		if (id == other) != record.Equal(one, two) {
			t.Fatalf("%s and %s: %q and %q", one, two, id, other)
		}
		if back, err := m.KeyFields(id); err != nil || !record.Equal(back, one) {
			t.Fatalf("%q leads to %s, %v", id, back, err)
		}
	})
}

func TestForeignKey(t *testing.T) {
	s := mustLoad(t, blog)
	comment, post, extra := s.Model("Comment"), s.Model("Post"), s.Model("Extra")
	for _, c := range []struct {
		m               *Model
		field, row, key string
	}{
		{comment, "post", `{"postCommentsId":"p"}`, `{"id":"p"}`},
		{comment, "post", `{"postCommentsId":null}`, `null`},
		{post, "comments", `{"id":"p"}`, `null`},
		{post, "title", `{}`, `null`},
		{extra, "shelf", `{"extraShelfNumber":4}`, `{"number":4}`},
	} {
		if got := s.ForeignKey(c.m.Field(c.field), record.TrustString(c.row)).String(); got != c.key {
			t.Errorf("%s.%s of %s is %s, want %s", c.m.Name, c.field, c.row, got, c.key)
		}
	}
}
