package sdl

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata; read the difference before you commit it")

func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test ./schema/sdl -update rewrites it):\n%s", file, got)
	}
}

// TestCompiled compares the compiled form of each testdata/*.graphql with the file beside it.
func TestCompiled(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.graphql")
	if len(files) == 0 {
		t.Fatal("no testdata")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(filepath.Base(file), text)
			if err != nil {
				t.Fatal(err)
			}
			var pretty bytes.Buffer
			if err := json.Indent(&pretty, s.JSON(), "", "  "); err != nil {
				t.Fatal(err)
			}
			pretty.WriteByte('\n')
			golden(t, strings.TrimSuffix(file, ".graphql")+".json", pretty.Bytes())
			loaded, err := schema.Load(s.JSON())
			if err != nil {
				t.Fatal(err)
			}
			if loaded.Hash() != s.Hash() || loaded.Version != s.Version || string(loaded.JSON()) != string(s.JSON()) {
				t.Errorf("the compiled form loads as another schema:\n%s", loaded.JSON())
			}
			for _, m := range s.Models {
				if got, want := names(loaded.Model(m.Name).Stored()), names(m.Stored()); got != want {
					t.Errorf("%s stores %s after loading, before %s", m.Name, got, want)
				}
			}
		})
	}
}

func names(fields []*schema.Field) string {
	var list []string
	for _, f := range fields {
		list = append(list, f.Name+":"+f.Type.Name())
	}
	return strings.Join(list, " ")
}

// TestErrors goes through testdata/errors.txt: an SDL, a line of ----, the errors it gives.
func TestErrors(t *testing.T) {
	const file = "testdata/errors.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, part := range strings.Split(strings.TrimSpace(string(text)), "\n====\n") {
		sdl, _, _ := strings.Cut(part, "\n----\n")
		_, err := Parse("s.graphql", []byte(sdl))
		var list Errors
		if !errors.As(err, &list) || len(list) == 0 {
			t.Errorf("no errors in:\n%s", sdl)
			continue
		}
		for _, e := range list {
			if !strings.HasSuffix(e.What, ".") || e.Instead == "" {
				t.Errorf("not two sentences: %v", e)
			}
		}
		if got.Len() > 0 {
			got.WriteString("====\n")
		}
		got.WriteString(sdl + "\n----\n" + err.Error() + "\n")
	}
	golden(t, file, []byte(got.String()))
}

// TestNotices goes through testdata/notices.txt: an SDL that loads, a line of ----, what is said of it, and the
// text that is made of it when it is of the first transformer. That text says the same.
func TestNotices(t *testing.T) {
	const file = "testdata/notices.txt"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, part := range strings.Split(strings.TrimSpace(string(text)), "\n====\n") {
		sdl, _, _ := strings.Cut(part, "\n----\n")
		r, err := Read("s.graphql", []byte(sdl))
		if err != nil {
			t.Errorf("%v in:\n%s", err, sdl)
			continue
		}
		if len(r.Notices) == 0 {
			t.Errorf("nothing is said of:\n%s", sdl)
		}
		if got.Len() > 0 {
			got.WriteString("====\n")
		}
		got.WriteString(sdl + "\n----\n" + r.Notices.Error() + "\n")
		if r.Upgraded != nil {
			got.WriteString("----\n" + string(r.Upgraded) + "\n")
			again, err := Read("s.graphql", r.Upgraded)
			if err != nil || again.Upgraded != nil || again.Schema.Hash() != r.Schema.Hash() {
				t.Errorf("the upgraded text says something else (%v):\n%s", err, r.Upgraded)
			}
		}
	}
	golden(t, file, []byte(got.String()))
}

// TestPlural holds the check values of the protocol: what pluralize 8.0.0 makes of them.
func TestPlural(t *testing.T) {
	const pairs = `Category→Categories Box→Boxes Bus→Buses Status→Statuses Key→Keys Day→Days
		Hero→Heroes Photo→Photos Potato→Potatoes Echo→Echoes Child→Children CompositePKChild→CompositePKChildren
		Foot→Feet Tooth→Teeth Mouse→Mice Man→Men Woman→Women Human→Humans Person→People Person2→Person2s Leaf→Leaves
		Knife→Knives Roof→Roofs Analysis→Analyses Axis→Axes Criterion→Criteria Medium→Mediums Datum→Data Matrix→Matrices
		Index→Indices Quiz→Quizzes Alias→Aliases Money→Monies Staff→Staff Feedback→Feedbacks UserInfo→UserInfos
		UserMedia→UserMedias News→News Sheep→Sheep Fish→Fish Series→Series Data→Data Metadata→Metadata Media→Media
		Information→Information Equipment→Equipment Goods→Goods Chassis→Chassis Software→Software Homework→Homework
		Todos→Todos PostTags→PostTags Todo→Todos BlogPost→BlogPosts Film→Films
		Canvas→Canvas CANVAS→CANVAS UserCanvas→UserCanvas My→Mies Her→Hers Our→Ours Its→Its`
	for _, pair := range strings.Fields(pairs) {
		single, plural, _ := strings.Cut(pair, "→")
		if got := Plural(single); got != plural {
			t.Errorf("%s: %s, want %s", single, got, plural)
		}
	}
}

func TestTooLarge(t *testing.T) {
	_, err := Parse("big.graphql", bytes.Repeat([]byte("#"), schema.SchemaBytesMax+1))
	if err == nil || !strings.Contains(err.Error(), "larger than 8 MiB") {
		t.Error(err)
	}
	_, err = Parse("many.graphql", []byte("type A @model { "+strings.Repeat("a: X ", 2*errorsMax)+"}"))
	var list Errors
	if !errors.As(err, &list) || len(list) != errorsMax {
		t.Errorf("%d errors", len(list))
	}
}

// FuzzParse: no text makes the compiler panic, and what it accepts loads again.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.graphql")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		f.Add(text)
	}
	text, _ := os.ReadFile("testdata/errors.txt")
	for _, part := range bytes.Split(text, []byte("\n====\n")) {
		f.Add(part)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("f.graphql", text)
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || len(list) == 0 || err.Error() == "" {
				t.Fatalf("no list of errors: %v", err)
			}
			return
		}
		loaded, err := schema.Load(s.JSON())
		if err != nil {
			t.Fatalf("%v\n%s", err, s.JSON())
		}
		if loaded.Hash() != s.Hash() {
			t.Fatalf("another hash after loading:\n%s\n%s", s.JSON(), loaded.JSON())
		}
	})
}
