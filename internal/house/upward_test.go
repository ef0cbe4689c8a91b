package house

import (
	"cmp"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// upwardShareMax is how many of the references between rooms of the engine may run back up.
const upwardShareMax = 0.10

// engineFiles are the files of sync/ itself, lowest first: each may use those before it.
var engineFiles = []string{
	"limits.go", "effects.go", "events.go", "network.go", "hosts.go", "storage.go", "announce.go", "tabs.go", "save.go", "writeall.go", "adopt.go",
	"delete.go", "clear.go", "lifecycle.go", "commits.go", "engine.go",
}

// TestReferencesRunDown counts, between the rooms of the engine and between the files of sync/ itself, the uses of
// functions and methods, and those that run back up: through an interface or a function that a room above has
// given, or to a file above. -v prints them by room.
func TestReferencesRunDown(t *testing.T) {
	fset := token.NewFileSet()
	compiled := exported(t, fset, "./sync/...")
	all, up := map[string]int{}, map[string]int{}
	for _, p := range list(t, nil, "./sync/...") {
		files, info := checked(t, fset, p, compiled)
		for _, file := range files {
			from := unit(fset, p, file.Pos())
			ast.Inspect(file, func(n ast.Node) bool {
				name, is := n.(*ast.Ident)
				if !is || info.Uses[name] == nil {
					return true
				}
				switch to, upward := target(fset, p, from, info.Uses[name]); {
				case upward:
					all[from]++
					up[from]++
				case to != "" && to != from:
					all[from]++
				}
				return true
			})
		}
	}
	total, back := 0, 0
	for _, from := range slices.SortedFunc(keys(all), func(a, b string) int { return cmp.Or(up[b]-up[a], cmp.Compare(a, b)) }) {
		t.Logf("%-24s %4d references to others, %3d of them back up", from, all[from], up[from])
		total += all[from]
		back += up[from]
	}
	t.Logf("%d of %d references run back up: %.1f %%", back, total, 100*float64(back)/float64(total))
	if total < 500 {
		t.Errorf("only %d references were found: this test no longer fits", total)
	}
	if float64(back) > upwardShareMax*float64(total) {
		t.Errorf("%d of %d references between the rooms of the engine run back up, at most %.0f %% may; -v shows whose",
			back, total, 100*upwardShareMax)
	}
}

// setByOthers are the structs of a room whose fields other rooms fill in: they hold what is passed on, no state.
var setByOthers = []string{"sync/ask.Tab", "sync/outbox.Change", "sync/live.Status", "sync/app.Trouble", "sync/app.Error"}

// TestRoomsKeepTheirState: rooms read the schema, the settings and the image of others, and set nothing of them.
func TestRoomsKeepTheirState(t *testing.T) {
	fset := token.NewFileSet()
	compiled := exported(t, fset, "./sync/...")
	seen := 0
	for _, p := range list(t, nil, "./sync/...") {
		files, info := checked(t, fset, p, compiled)
		set := func(left ast.Expr) {
			field, is := left.(*ast.SelectorExpr)
			if !is || info.Selections[field] == nil {
				return
			}
			owner := info.Selections[field].Recv()
			if pointer, is := owner.Underlying().(*types.Pointer); is {
				owner = pointer.Elem()
			}
			name := strings.TrimPrefix(owner.String(), project)
			seen++
			if within(name, "sync") && !strings.HasPrefix(name, p.room()+".") && !slices.Contains(setByOthers, name) {
				t.Errorf("%s sets %s of %s; ask that room to", fset.Position(left.Pos()), field.Sel.Name, name)
			}
		}
		for _, file := range files {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.AssignStmt:
					for _, left := range n.Lhs {
						set(left)
					}
				case *ast.IncDecStmt:
					set(n.X)
				}
				return true
			})
		}
	}
	if seen < 200 {
		t.Errorf("only %d assignments were found: this test no longer fits", seen)
	}
}

func keys(of map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for key := range of {
			if !yield(key) {
				return
			}
		}
	}
}

// unit is the room that a position is in; sync/ itself is one for each of its files.
func unit(fset *token.FileSet, p goPackage, at token.Pos) string {
	if p.room() != "sync" {
		return p.room()
	}
	return "sync/" + path.Base(fset.Position(at).Filename)
}

// target is the unit whose function or method is used, "" for what is none of the engine's. It is upward when those
// above have given the function, or it is in a file above.
func target(fset *token.FileSet, p goPackage, from string, used types.Object) (to string, upward bool) {
	if used.Pkg() == nil || !within(strings.TrimPrefix(used.Pkg().Path(), project), "sync") {
		return "", false
	}
	own := used.Pkg().Path() == p.ImportPath
	switch used := used.(type) {
	case *types.Var: // a function that a field holds was given by who made the struct
		_, function := used.Type().Underlying().(*types.Signature)
		return "", used.IsField() && function && own && p.room() != "sync"
	case *types.Func:
		if receiver := used.Signature().Recv(); receiver != nil && types.IsInterface(receiver.Type()) {
			return "", own && p.room() != "sync"
		}
		if !own {
			return strings.TrimPrefix(used.Pkg().Path(), project), false
		}
		to = unit(fset, p, used.Pos())
		rank := func(name string) int { return slices.Index(engineFiles, path.Base(name)) }
		return to, p.room() == "sync" && rank(to) > rank(from)
	}
	return "", false
}

// exported reads what compiled packages export, those of the engine and all that they need.
func exported(t *testing.T, fset *token.FileSet, pattern string) types.Importer {
	t.Helper()
	command := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", pattern)
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	where := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		where[name] = file
	}
	return importer.ForCompiler(fset, "gc", func(name string) (io.ReadCloser, error) { return os.Open(where[name]) })
}

// checked parses the files of a package and finds out what each name in them means.
func checked(t *testing.T, fset *token.FileSet, p goPackage, compiled types.Importer) ([]*ast.File, *types.Info) {
	t.Helper()
	var files []*ast.File
	for _, name := range p.GoFiles {
		if p.room() == "sync" && !slices.Contains(engineFiles, name) {
			t.Errorf("sync/%s has no place in engineFiles: which files may it use?", name)
		}
		file, err := parser.ParseFile(fset, path.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	if _, err := (&types.Config{Importer: compiled}).Check(p.ImportPath, fset, files, info); err != nil {
		t.Fatal(err)
	}
	return files, info
}
