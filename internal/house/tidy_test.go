package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	fileLinesMax     = 400
	functionLinesMax = 70
)

// sources are the tracked and new files of ours that people read, by path from the root.
func sources(t *testing.T) []string {
	t.Helper()
	command := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Skipf("not in a git clone: %v", err)
	}
	var found []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		switch path.Ext(name) {
		case ".go", ".ts", ".js", ".mjs", ".css", ".html", ".graphql", ".md", ".sh":
			found = append(found, name)
		}
	}
	return found
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if os.IsNotExist(err) {
		return "" // deleted and not yet committed
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func isCode(name string) bool {
	switch path.Ext(name) {
	case ".go", ".ts", ".js", ".mjs", ".css":
		return true
	}
	return false
}

func TestFilesStayShort(t *testing.T) {
	for _, name := range sources(t) {
		if lines := strings.Count(read(t, name), "\n"); isCode(name) && lines > fileLinesMax {
			t.Errorf("%s has %d lines, at most %d; split it by topic", name, lines, fileLinesMax)
		}
	}
}

func TestFunctionsStayShort(t *testing.T) {
	for _, name := range sources(t) {
		text := read(t, name)
		if path.Ext(name) != ".go" || text == "" {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Body == nil {
				continue
			}
			lines := files.Position(function.End()).Line - files.Position(function.Pos()).Line + 1
			if lines > functionLinesMax && !isTable(function) {
				t.Errorf("%s: %s has %d lines, at most %d", name, function.Name.Name, lines, functionLinesMax)
			}
		}
	}
}

// isTable holds for a test whose first statement is its table of cases.
func isTable(function *ast.FuncDecl) bool {
	if !strings.HasPrefix(function.Name.Name, "Test") || len(function.Body.List) == 0 {
		return false
	}
	assign, ok := function.Body.List[0].(*ast.AssignStmt)
	if !ok || len(assign.Rhs) != 1 {
		return false
	}
	_, ok = assign.Rhs[0].(*ast.CompositeLit)
	return ok
}

var vague = regexp.MustCompile(`(?i)^(.*[_.-])?(utils?|helpers?|managers?|misc|common)([_.-].*)?$`)

func TestNamesSayWhatIsInside(t *testing.T) {
	for _, name := range sources(t) {
		for part := range strings.SplitSeq(name, "/") {
			if vague.MatchString(part) {
				t.Errorf("%s: %q says nothing about what is inside", name, part)
			}
		}
	}
}

var (
	open      = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)
	openIssue = regexp.MustCompile(`\b(TODO|FIXME|XXX)\(#\d+\)`)
	unwritten = regexp.MustCompile(`panic\("(unwritten|not implemented|unimplemented|todo)`)
)

func TestNothingIsLeftOpen(t *testing.T) {
	for _, name := range sources(t) {
		if !isCode(name) || strings.HasPrefix(name, "internal/house/") {
			continue
		}
		for number, line := range lines(read(t, name)) {
			if open.MatchString(line) && !openIssue.MatchString(line) {
				t.Errorf("%s:%d: an open point without an issue: %s", name, number, strings.TrimSpace(line))
			}
			if unwritten.MatchString(line) {
				t.Errorf("%s:%d: not written yet: %s", name, number, strings.TrimSpace(line))
			}
		}
	}
}

func lines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		number := 0
		for line := range strings.Lines(text) {
			number++
			if !yield(number, line) {
				return
			}
		}
	}
}

var (
	sleeping  = regexp.MustCompile(`time\.Sleep\(|waitForTimeout\(`)
	isTestish = regexp.MustCompile(`_test\.go$|^test/|\.test\.(ts|mjs)$`)
)

func TestTestsDoNotSleep(t *testing.T) {
	for _, name := range sources(t) {
		if !isCode(name) || !isTestish.MatchString(name) || strings.HasPrefix(name, "internal/house/") {
			continue
		}
		text := read(t, name)
		if strings.Contains(text, `"testing/synctest"`) {
			continue // its clock is virtual
		}
		for number, line := range lines(text) {
			if sleeping.MatchString(line) {
				t.Errorf("%s:%d: a test waits for a condition, not for time: %s", name, number, strings.TrimSpace(line))
			}
		}
	}
}
