package pull

import (
	"reflect"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/config"
)

// same compares two structs whose records are parts of different texts.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	a, b := reflect.ValueOf(got), reflect.ValueOf(want)
	for n := range a.NumField() {
		name := a.Type().Field(n).Name
		x, y := reflect.New(a.Type()).Elem(), reflect.New(b.Type()).Elem()
		x.Set(a)
		y.Set(b)
		one := reflect.NewAt(x.Field(n).Type(), x.Field(n).Addr().UnsafePointer()).Elem().Interface()
		other := reflect.NewAt(y.Field(n).Type(), y.Field(n).Addr().UnsafePointer()).Elem().Interface()
		if value, ok := one.(record.Value); ok && record.Equal(value, other.(record.Value)) {
			continue
		} else if !ok && reflect.DeepEqual(one, other) {
			continue
		}
		t.Errorf("%s: %s is %v, want %v", what, name, one, other)
	}
}

// TestCursorIsKept: each field of a cursor, a new one too, comes back from the disk.
func TestCursorIsKept(t *testing.T) {
	var c cursor
	fill(t, reflect.ValueOf(&c).Elem(), new(int64))
	kept := c.encode()
	again, err := record.Parse(append([]byte(nil), kept.Text()...))
	if err != nil {
		t.Fatal(err)
	}
	same(t, kept.String(), decodeCursor(again), c)
	none := decodeCursor(record.Value{})
	same(t, "none", none, cursor{})
	same(t, "an empty one", decodeCursor(cursor{}.encode()), cursor{exists: true})
}

// TestCursorOfARun: what a run leaves for the next one, by how it went.
func TestCursorOfARun(t *testing.T) {
	p, s := pullOf(t, nil)
	settings, problem := config.Parse(s, record.TrustString(`{"endpoint":"https://api.test/graphql","syncMaxRecords":70,
		"syncExpressions":{"Post":{"title":{"ne":"out"}}}}`))
	if problem != nil {
		t.Fatal(problem)
	}
	p.setup.Use(settings)
	kept := cursor{exists: true, cursor: "before", lastSync: 3, lastBase: 4, most: 50}
	p.door.Stage.Add(&store.Commit{Meta: []store.MetaEntry{{Key: CursorKey("Post"), Value: kept.encode()}}})
	whole := cursor{exists: true, cursor: "next", lastSync: 1, lastBase: 2, reader: "me",
		expression: settings.FilterOf("Post"), selection: p.setup.Shape(s.Model("Post").Name).Selection,
		endpoint: "https://api.test/graphql"}
	for what, one := range map[string]struct {
		run  modelRun
		want func(c *cursor)
	}{
		"a base run":                     {modelRun{base: true}, func(*cursor) {}},
		"a delta":                        {modelRun{}, func(c *cursor) { c.lastBase, c.most = 4, 50 }},
		"a base run that was cut off":    {modelRun{base: true, truncated: true}, func(c *cursor) { c.cursor, c.most = "", 70 }},
		"a delta that was cut off":       {modelRun{truncated: true}, func(c *cursor) { c.cursor, c.lastBase, c.most = "", 4, 70 }},
		"a base run with what is unsure": {modelRun{base: true, unsure: true}, func(c *cursor) { *c = cursor{} }},
		"a delta with what is unsure":    {modelRun{unsure: true}, func(c *cursor) { *c = cursor{} }},
	} {
		run, want := one.run, whole
		run.progress = progress{startedAt: 1, beganMs: 2, reader: "me"}
		one.want(&want)
		entry := p.cursorEntry("Post", &run, "next")
		if entry.Key != "cursor/Post" {
			t.Errorf("%s: it is kept as %s", what, entry.Key)
		}
		same(t, what, decodeCursor(entry.Value), want)
	}
}
