package sdl

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema"
)

// TestSamples reads schemas of the kinds that public apps have. Each loads, and has everything that Amplify's
// code generator makes of it: NAME.amplify.txt lists models, keys, indexes, fields and foreign keys as
// @aws-amplify/appsync-modelgen-plugin 2.15 writes them. What our models have beside that are declared
// foreign keys, which clients may set and read.
func TestSamples(t *testing.T) {
	files, _ := filepath.Glob("testdata/samples/*.graphql")
	if len(files) < 10 {
		t.Fatalf("%d samples", len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r, err := Read(filepath.Base(file), text)
			if err != nil {
				t.Fatal(err)
			}
			if loaded, err := schema.Load(r.Schema.JSON()); err != nil || loaded.Hash() != r.Schema.Hash() {
				t.Errorf("the compiled form is another schema (%v)", err)
			}
			if r.Upgraded != nil {
				if again, err := Parse("upgraded", r.Upgraded); err != nil || again.Hash() != r.Schema.Hash() {
					t.Errorf("the upgraded text is another schema (%v):\n%s", err, r.Upgraded)
				}
			}
			theirs, err := os.ReadFile(strings.TrimSuffix(file, ".graphql") + ".amplify.txt")
			if err != nil {
				t.Fatal(err)
			}
			ours := facts(r.Schema)
			for line := range strings.Lines(string(theirs)) {
				line = resolved(r.Schema, strings.TrimSpace(line))
				if strings.HasPrefix(line, "index ") && slices.ContainsFunc(ours, func(our string) bool { return strings.HasPrefix(our, line+" ") }) {
					continue // our API names the query of an index as Amplify's does, whose generator leaves it out
				}
				if !slices.Contains(ours, line) {
					t.Errorf("not so here: %s", line)
				}
			}
			for _, line := range ours {
				if strings.HasPrefix(line, "field ") && !strings.Contains(string(theirs), line+"\n") && !strings.Contains(line, " HAS_") {
					if !isForeignKey(r.Schema, line) {
						t.Errorf("Amplify has no %s", line)
					}
				}
			}
		})
	}
}

// facts are what NAME.amplify.txt lists, of a schema.
func facts(s *schema.Schema) []string {
	var list []string
	for _, m := range s.Models {
		list = append(list, "model "+m.Name+" "+m.Plural)
		if m.CustomKey {
			list = append(list, "key "+m.Name+" "+strings.Join(m.Key, ","))
		}
		for _, i := range m.Indexes {
			list = append(list, strings.TrimSpace("index "+m.Name+"."+i.Name+" "+strings.Join(i.Fields, ",")+" "+i.QueryField))
		}
		for _, f := range append(m.Fields[:len(m.Fields):len(m.Fields)], m.Implied()...) {
			name := f.Type.Name()
			if f.Array {
				name = "[" + name + "]"
			}
			line := "field " + m.Name + "." + f.Name + " " + name
			if a := f.Association; a != nil {
				line += " " + string(a.Kind)
				if len(a.TargetNames) > 0 {
					line += " by " + strings.Join(a.TargetNames, ",")
				} else {
					line += " of " + strings.Join(a.AssociatedWith, ",")
				}
			}
			list = append(list, resolved(s, line))
		}
	}
	return list
}

// resolved writes the foreign keys in the place of the @belongsTo field that they belong to.
func resolved(s *schema.Schema, line string) string {
	before, names, ok := strings.Cut(line, " of ")
	words := strings.Fields(before)
	if !ok || len(words) < 3 {
		return line
	}
	target := s.Model(strings.Trim(words[2], "[]"))
	if f := target.Field(names); f != nil && f.Association != nil {
		return before + " of " + strings.Join(f.Association.TargetNames, ",")
	}
	return line
}

func isForeignKey(s *schema.Schema, line string) bool {
	model, name, _ := strings.Cut(strings.Fields(line)[1], ".")
	for _, m := range s.Models {
		for _, f := range m.Fields {
			if a := f.Association; a != nil && (m.Name == model && slices.Contains(a.TargetNames, name) || f.Type.Model == model && slices.Contains(a.AssociatedWith, name)) {
				return true
			}
		}
	}
	return false
}
