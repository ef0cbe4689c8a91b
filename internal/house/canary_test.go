package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"slices"
	"testing"
)

func parsed(t *testing.T, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, read(t, name), parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// namesIn lists what a file declares in groups of one kind.
func namesIn(file *ast.File, kind token.Token) (names []string, values []ast.Expr) {
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok || group.Tok != kind {
			continue
		}
		for _, spec := range group.Specs {
			value := spec.(*ast.ValueSpec)
			for _, name := range value.Names {
				names = append(names, name.Name)
			}
			values = append(values, value.Values...)
		}
	}
	return names, values
}

// TestCanariesAreSilent: without its build tag, internal/canary is a list of constants that are
// false, so that the compiler removes what asks for them, from the page's module too.
func TestCanariesAreSilent(t *testing.T) {
	off := parsed(t, "internal/canary/off.go")
	silent, values := namesIn(off, token.CONST)
	if len(off.Decls) != 1 || len(silent) == 0 || len(values) != len(silent) {
		t.Fatal("internal/canary/off.go holds more than one group of constants")
	}
	for n, value := range values {
		if name, ok := value.(*ast.Ident); !ok || name.Name != "false" {
			t.Errorf("%s is not the constant false", silent[n])
		}
	}
	for _, p := range list(t, nil, "./internal/canary") {
		if !slices.Equal(p.GoFiles, []string{"canary.go", "off.go"}) || len(p.Imports) > 0 {
			t.Errorf("a normal build of internal/canary holds %v and imports %v", p.GoFiles, p.Imports)
		}
	}
	singing, _ := namesIn(parsed(t, "internal/canary/on.go"), token.VAR)
	for _, name := range silent {
		if !slices.Contains(singing, name) {
			t.Errorf("internal/canary/on.go lacks %s", name)
		}
	}
	if len(singing) != len(silent)+1 {
		t.Errorf("on.go has %d variables, off.go %d constants", len(singing), len(silent))
	}
}

var inTheCage = regexp.MustCompile(`"([a-z0-9-]+)": +&(\w+),`)

// TestCanariesAreListed: each has a name, a line in sim/canaries.go and a place where it is asked for.
func TestCanariesAreListed(t *testing.T) {
	asked := map[string]bool{}
	for _, name := range sources(t) {
		for _, match := range regexp.MustCompile(`\bcanary\.([A-Z]\w+)`).FindAllStringSubmatch(read(t, name), -1) {
			asked[match[1]] = true
		}
	}
	listed := read(t, "sim/canaries.go")
	cage := inTheCage.FindAllStringSubmatch(read(t, "internal/canary/on.go"), -1)
	if len(cage) < 20 {
		t.Errorf("there are %d canaries", len(cage))
	}
	for _, match := range cage {
		if !asked[match[2]] {
			t.Errorf("nothing asks for canary.%s", match[2])
		}
		if !regexp.MustCompile(`\{"` + match[1] + `", "`).MatchString(listed) {
			t.Errorf("sim/canaries.go lacks %s", match[1])
		}
	}
}
