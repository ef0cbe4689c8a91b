package pull

import (
	"fmt"
	"os"
	"reflect"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// TestProgressIsKept: a base run that was cut off goes on as it was. Each field of its progress, a new one
// too, and what resume takes besides come back from the entry that is kept.
func TestProgressIsKept(t *testing.T) {
	for _, partial := range []string{"nothing", "errors", "null items"} {
		p, s := pullOf(t, &config.Config{Endpoint: "https://api.test/graphql"})
		mp := &modelPull{model: s.Model("Post")}
		run := &modelRun{failures: partial == "errors", base: true}
		if partial == "null items" {
			run.nullItems = 1
		}
		fill(t, reflect.ValueOf(&run.progress).Elem(), new(int64))
		run.staleFrom, run.arguments.UseCursor = run.listFrom, true

		c := &store.Commit{}
		p.keepProgress(mp, run, "token", nil, c)
		kept := record.Value{}
		for _, entry := range c.Meta {
			if entry.Key == ProgressKey("Post") {
				kept = entry.Value
			}
		}
		was := decodeProgress(kept)
		if !reflect.DeepEqual(was, run.progress) {
			t.Errorf("kept as %s:\n got %+v\nwant %+v", kept, was, run.progress)
		}
		was.listTo = was.listFrom // none of the lists is here
		again := p.resume(mp, was, kept)
		if again.arguments.NextToken != "token" || !again.arguments.UseCursor || !again.base || again.reset != run.reset {
			t.Errorf("it goes on as %+v", again)
		}
		if again.failures != (partial != "nothing") {
			t.Errorf("%s: failures %v", partial, again.failures)
		}
	}
}

// pullOf is a pull of the stories' schema with a database in which nothing is.
func pullOf(t *testing.T, c *config.Config) (*Pull, *schema.Schema) {
	t.Helper()
	text, err := os.ReadFile("../testdata/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	p := &Pull{setup: &config.Setup{}, door: door.New(nil, nil)}
	p.door.Open(store.NewImage(s))
	p.setup.Use(c)
	p.setup.UseSchema(s, s.Hash())
	return p, s
}

// fill gives each field of a struct a value that is not zero and not that of another field.
func fill(t *testing.T, v reflect.Value, next *int64) {
	t.Helper()
	for n := range v.NumField() {
		*next++
		field := reflect.NewAt(v.Field(n).Type(), v.Field(n).Addr().UnsafePointer()).Elem()
		if field.Type() == reflect.TypeFor[record.Value]() {
			field.Set(reflect.ValueOf(record.TrustString(fmt.Sprintf(`{"rating":{"gt":%d}}`, *next))))
			continue
		}
		switch field.Kind() {
		case reflect.Int64:
			field.SetInt(*next)
		case reflect.Bool:
			field.SetBool(true)
		case reflect.String:
			field.SetString(string(rune('a' + *next)))
		case reflect.Struct:
			fill(t, field, next)
		default:
			t.Fatalf("%s is of a kind that this test does not know", v.Type().Field(n).Name)
		}
	}
}
