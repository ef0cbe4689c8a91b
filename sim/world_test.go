package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

const blog = `
type Blog @model { id: ID! name: String! posts: [Post] @hasMany(indexName: "byBlog", fields: ["id"]) }
type Post @model {
  id: ID!
  title: String!
  body: String
  tags: [String]
  blogID: ID @index(name: "byBlog")
  blog: Blog @belongsTo(fields: ["blogID"])
}`

func blogSchema(t *testing.T) *schema.Schema {
	t.Helper()
	s, err := sdl.Parse("blog.graphql", []byte(blog))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newWorld(t *testing.T, strategy conflict.Strategy, devices ...string) (*World, []*Device) {
	t.Helper()
	w, err := NewWorld(blogSchema(t), server.Options{Strategy: strategy}, 7)
	if err != nil {
		t.Fatal(err)
	}
	var list []*Device
	for _, name := range devices {
		list = append(list, w.NewDevice(name))
	}
	return w, list
}

func boot(t *testing.T, devices ...*Device) {
	t.Helper()
	for _, d := range devices {
		if err := d.Boot(); err != nil {
			t.Fatal(d.Name, err)
		}
	}
}

func (d *Device) save(id, model, fields string) uint32 {
	text := record.TrustString(fields)
	return d.Call(func(c engine.Call) engine.Event {
		return engine.Save{Call: c, MutationID: fmt.Sprintf("%s-%d-%s", d.Name, c.ID, id), Model: model, Record: text, Fields: text}
	})
}

func (d *Device) mustSave(t *testing.T, id, model, fields string) {
	t.Helper()
	if r := d.Wait(d.save(id, model, fields)); r.Err != nil {
		t.Fatalf("%s saves %s: %v", d.Name, fields, r.Err)
	}
}

func (d *Device) mustDelete(t *testing.T, model, id string) {
	t.Helper()
	r := d.Wait(d.Call(func(c engine.Call) engine.Event {
		return engine.Delete{Call: c, MutationID: fmt.Sprintf("%s-%d-%s", d.Name, c.ID, id), Model: model, ID: id}
	}))
	if r.Err != nil {
		t.Fatalf("%s deletes %s: %v", d.Name, id, r.Err)
	}
}

func (d *Device) rows(t *testing.T, model string) map[string]record.Value {
	t.Helper()
	r := d.Wait(d.Call(func(c engine.Call) engine.Event { return engine.Query{Call: c, Model: model} }))
	if r.Err != nil {
		t.Fatal(d.Name, r.Err)
	}
	rows := map[string]record.Value{}
	record.Trust(r.Body).Elements(func(_ int, row record.Value) bool {
		rows[row.Field("id").Str()] = row
		return true
	})
	return rows
}

func (d *Device) outbox(t *testing.T) record.Value {
	t.Helper()
	r := d.Wait(d.Call(func(c engine.Call) engine.Event { return engine.Outbox{Call: c} }))
	if r.Err != nil {
		t.Fatal(d.Name, r.Err)
	}
	return record.Trust(r.Body)
}

// serverRows are the live rows of a model at the server.
func (w *World) serverRows(t *testing.T, model string) map[string]record.Value {
	t.Helper()
	rows := map[string]record.Value{}
	err := w.Tables.View(func(r server.Reader) error {
		list, _, err := r.RowsByKey(model, "", server.Span{Rows: 10_000, Bytes: 1 << 30})
		for _, row := range list {
			value := record.TrustString(row.Text)
			if !conflict.StampOf(value).Deleted {
				rows[value.Field("id").Str()] = value
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// settled lets time pass until every device's view equals the server's and no outbox moves.
func (w *World) settled(t *testing.T, devices ...*Device) {
	t.Helper()
	w.Pass(600_000)
	for _, model := range w.Schema.Models {
		want := w.serverRows(t, model.Name)
		for _, d := range devices {
			if d.cut {
				continue
			}
			got := d.rows(t, model.Name)
			for id, row := range want {
				if string(got[id].Field("title").Text()) != string(row.Field("title").Text()) ||
					!record.Equal(got[id].Field("tags"), row.Field("tags")) ||
					conflict.StampOf(got[id]).Version != conflict.StampOf(row).Version {
					t.Errorf("%s %s/%s: %s, the server has %s", d.Name, model.Name, id, got[id].Text(), row.Text())
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s has %d rows of %s, the server %d", d.Name, len(got), model.Name, len(want))
			}
			if n := d.outbox(t).Len(); n != 0 {
				t.Errorf("%s: %d mutations are left: %s", d.Name, n, d.outbox(t).Text())
			}
		}
	}
}

func TestTwoDevices(t *testing.T) {
	w, d := newWorld(t, conflict.Automerge, "a", "b")
	boot(t, d...)
	d[0].mustSave(t, "1", "Post", `{"id":"p1","title":"one"}`)
	d[1].mustSave(t, "1", "Post", `{"id":"p2","title":"two","tags":["x"]}`)
	w.settled(t, d...)
	requests := w.Net.Requests
	d[0].mustSave(t, "2", "Post", `{"id":"p2","title":"two, edited"}`)
	if !w.Run(10_000, func() bool { return strings.Contains(strings.Join(d[1].Announced, " "), "outbox") }) {
		t.Error("nothing heard")
	}
	d[1].mustDelete(t, "Post", "p1")
	w.settled(t, d...)
	if len(w.serverRows(t, "Post")) != 1 {
		t.Errorf("server rows %v", w.serverRows(t, "Post"))
	}
	t.Logf("%d requests for one update and one delete", w.Net.Requests-requests)
}

func TestBlogWithPostsOffline(t *testing.T) {
	w, d := newWorld(t, conflict.Automerge, "a", "b")
	boot(t, d...)
	d[0].mustSave(t, "0", "Post", `{"id":"old","title":"goes away"}`)
	w.settled(t, d...)
	d[0].Cut(true)
	d[0].mustSave(t, "1", "Blog", `{"id":"b1","name":"n"}`)
	d[0].mustSave(t, "2", "Post", `{"id":"p1","title":"1","blogID":"b1"}`)
	d[0].mustSave(t, "3", "Post", `{"id":"p1","title":"2"}`)
	d[0].mustSave(t, "4", "Post", `{"id":"p1","title":"3","tags":["a","b"]}`)
	d[0].mustDelete(t, "Post", "old")
	d[0].Crash(100)
	boot(t, d[0])
	if got := d[0].rows(t, "Post"); len(got) != 1 || got["p1"].Field("title").Str() != "3" {
		t.Fatalf("after the restart: %v", got)
	}
	d[0].Cut(false)
	w.settled(t, d...)
	rows := w.serverRows(t, "Post")
	if len(rows) != 1 || conflict.StampOf(rows["p1"]).Version != 1 {
		t.Errorf("want one merged create, got %s", rows["p1"].Text())
	}
}

func TestSameFieldUnderAutomerge(t *testing.T) {
	w, d := newWorld(t, conflict.Automerge, "a", "b")
	boot(t, d...)
	d[0].mustSave(t, "1", "Post", `{"id":"p","title":"base"}`)
	w.settled(t, d...)
	d[1].Cut(true)
	d[0].mustSave(t, "2", "Post", `{"id":"p","title":"from a"}`)
	d[1].mustSave(t, "3", "Post", `{"id":"p","title":"from b","body":"also"}`)
	w.Pass(5_000)
	d[1].Cut(false)
	w.settled(t, d...)
	row := w.serverRows(t, "Post")["p"]
	if row.Field("title").Str() != "from a" || row.Field("body").Str() != "also" {
		t.Errorf("server has %s", row.Text())
	}
	if !strings.Contains(strings.Join(d[1].Announced, " "), "outboxMutationSuperseded") {
		t.Errorf("nothing told of the superseded title: %v", d[1].Announced)
	}
}

func TestHandlerDecides(t *testing.T) {
	merged := record.TrustString(`{"id":"p","title":"merged","body":null}`)
	cases := []struct {
		decision string
		model    record.Value
		title    string
	}{
		{"applyRemote", record.Value{}, "from a"},
		{"retryLocal", record.Value{}, "from b"},
		{"retry", merged, "merged"},
	}
	for _, c := range cases {
		w, d := newWorld(t, conflict.Optimistic, "a", "b")
		asked := 0
		d[1].Handler = func(q record.Value) (string, record.Value) {
			asked++
			if q.Field("base").Field("title").Str() != "base" || q.Field("local").Field("title").Str() != "from b" ||
				q.Field("remote").Field("title").Str() != "from a" {
				t.Errorf("asked with %s", q.Text())
			}
			return c.decision, c.model
		}
		boot(t, d...)
		d[0].mustSave(t, "1", "Post", `{"id":"p","title":"base"}`)
		w.settled(t, d...)
		d[1].Cut(true)
		d[0].mustSave(t, "2", "Post", `{"id":"p","title":"from a"}`)
		d[1].mustSave(t, "3", "Post", `{"id":"p","title":"from b"}`)
		w.Pass(5_000)
		d[1].Cut(false)
		w.settled(t, d...)
		if got := w.serverRows(t, "Post")["p"].Field("title").Str(); got != c.title || asked != 1 {
			t.Errorf("%s: title %q, asked %d times", c.decision, got, asked)
		}
	}
}

func TestThrowingHandlerHolds(t *testing.T) {
	w, d := newWorld(t, conflict.Optimistic, "a", "b")
	asked := 0
	d[1].Handler = func(record.Value) (string, record.Value) { asked++; return "throw", record.Value{} }
	boot(t, d...)
	d[0].mustSave(t, "1", "Post", `{"id":"p","title":"base"}`)
	w.settled(t, d...)
	d[1].Cut(true)
	d[0].mustSave(t, "2", "Post", `{"id":"p","title":"from a"}`)
	d[1].mustSave(t, "3", "Post", `{"id":"p","title":"from b"}`)
	w.Pass(5_000)
	d[1].Cut(false)
	w.Pass(600_000)
	list := d[1].outbox(t)
	if asked != 10 || !strings.Contains(string(list.Text()), `"held"`) {
		t.Errorf("asked %d times, outbox %s", asked, list.Text())
	}
	if got := d[1].rows(t, "Post")["p"].Field("title").Str(); got != "from b" {
		t.Errorf("a held change left the view: %q", got)
	}
}

// TestLossyNetwork keeps lists from doubling: requests and answers are lost, the server restarts.
func TestLossyNetwork(t *testing.T) {
	for _, strategy := range []conflict.Strategy{conflict.Automerge, conflict.Optimistic} {
		w, d := newWorld(t, strategy, "a", "b", "c")
		boot(t, d...)
		w.Net.LoseRequest, w.Net.LoseResponse = 0.3, 0.3
		for i := range 60 {
			device := d[i%3]
			device.mustSave(t, fmt.Sprint(i), "Post", fmt.Sprintf(`{"id":"p%d-%d","title":"t%d","tags":["x%d"]}`, i%3, i%7, i, i))
			w.Pass(w.random.Int64N(400))
			switch i % 20 {
			case 7:
				if err := w.RestartServer(); err != nil {
					t.Fatal(err)
				}
			case 13:
				device.Crash(5)
				boot(t, device)
			case 17:
				device.Cut(true)
			case 19:
				d[17%3].Cut(false)
				d[(i-2)%3].Cut(false)
			}
		}
		w.Net.LoseRequest, w.Net.LoseResponse = 0, 0
		for _, device := range d {
			device.Cut(false)
		}
		w.settled(t, d...)
		for id, row := range w.serverRows(t, "Post") {
			if row.Field("tags").Len() != 1 {
				t.Errorf("%s: doubled list %s", id, row.Field("tags").Text())
			}
		}
	}
}
