package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const project = "github.com/deltabase/deltabase/"

// mayImport lists, for each room, the other rooms that it may import. A room holds its subfolders;
// those that differ have an entry of their own. The longest entry that fits a package counts.
var mayImport = map[string][]string{
	"record":          {},
	"schema":          {"record"},
	"query":           {"record", "schema"},
	"conflict":        {"record", "schema", "query"},
	"appsync":         {"record", "schema", "query", "conflict"},
	"store":           {"record", "schema", "query", "conflict", "appsync"},
	"store/storetest": {"record", "schema", "query", "conflict", "appsync", "store"},
	"store/memory":    {"record", "schema", "query", "conflict", "appsync", "store"},
	"store/indexeddb": {"record", "schema", "query", "conflict", "appsync", "store"},
	"sync":            {"record", "schema", "query", "conflict", "appsync", "store", "sync/*"},
	"sync/app":        {"record", "conflict", "appsync", "store"},
	"sync/clock":      {},
	"sync/shape":      {"record", "schema", "appsync", "store"},
	"sync/ask":        {"sync/clock"},
	"sync/door":       {"conflict", "store", "sync/app", "sync/clock"},
	"sync/merge":      {"record", "schema", "conflict", "store", "sync/app", "sync/shape", "sync/config", "sync/door"},
	"sync/effect":     {"store", "sync/app"},
	"sync/tell":       {"record", "store", "sync/app", "sync/config", "sync/door", "sync/effect"},
	"sync/peer":       {"record", "appsync", "store", "sync/config", "sync/door"},
	"sync/live":       {"record", "query", "store", "sync/app", "sync/shape", "sync/config", "sync/door", "sync/tell"},
	"sync/auth":       {"record", "schema", "store", "sync/app", "sync/clock", "sync/config", "sync/door", "sync/tell", "sync/ask"},
	"sync/link":       {"record", "schema", "conflict", "appsync", "sync/app", "sync/clock", "sync/config", "sync/effect", "sync/tell", "sync/peer", "sync/auth"},
	"sync/pull":       {"record", "schema", "conflict", "appsync", "store", "sync/app", "sync/clock", "sync/config", "sync/door", "sync/tell", "sync/peer", "sync/merge", "sync/live", "sync/auth", "sync/link"},
	"sync/outbox":     {"record", "schema", "query", "conflict", "store", "sync/app", "sync/clock", "sync/shape", "sync/config", "sync/door"},
	"sync/decide":     {"record", "conflict", "store", "sync/app", "sync/clock", "sync/ask", "sync/config", "sync/effect", "sync/door", "sync/tell", "sync/merge", "sync/outbox"},
	"sync/push":       {"record", "schema", "query", "conflict", "appsync", "store", "sync/app", "sync/clock", "sync/config", "sync/door", "sync/tell", "sync/peer", "sync/merge", "sync/auth", "sync/link", "sync/pull", "sync/outbox", "sync/decide"},
	"sync/queue":      {"record", "schema", "conflict", "store", "sync/app", "sync/clock", "sync/config", "sync/door", "sync/tell", "sync/auth", "sync/live", "sync/pull", "sync/outbox", "sync/decide", "sync/push"},
	"sync/config":     {"record", "schema", "query", "conflict", "sync/app", "sync/shape"},
	"wasm":            {"record", "schema", "query", "conflict", "appsync", "store", "store/indexeddb", "sync"},
	"server":          {"record", "schema", "query", "conflict", "appsync"},
	"sim":             {"*"},
	"cmd":             {"record", "schema", "query", "conflict", "appsync", "server", "examples"},
	"examples":        {},
	"internal/house":  {},
	"internal/canary": {},
}

// everybodyImports is a leaf without code: in a normal build it holds constants (canary_test.go).
var everybodyImports = []string{"internal/canary"}

// nobodyImports are the programs; other packages don't build on them.
var nobodyImports = []string{"wasm", "sim", "cmd"}

// inThePage are the rooms whose code the page loads; sync/ with all of its own.
var inThePage = []string{"record", "schema", "query", "conflict", "appsync", "store", "store/indexeddb", "sync", "wasm"}

// heavy must not be in the page's module, whoever brings it: each costs 100 to 1,500 kB brotli.
var heavy = []string{
	"net/http", "encoding/json", "regexp", "log/slog", "math/big", "crypto/*", "text/template",
	"github.com/tidwall/gjson", "github.com/vektah/gqlparser/v2/*", "github.com/coder/websocket/*",
}

// unwanted must not be imported by the page's own packages; go-indexeddb may bring fmt itself.
var unwanted = append([]string{"fmt", "log", "net/url", "encoding/hex", "net", "os"}, heavy...)

type goPackage struct {
	ImportPath, Dir                                   string
	GoFiles, TestGoFiles, XTestGoFiles, Imports, Deps []string
	Standard                                          bool
}

func (p goPackage) room() string { return strings.TrimPrefix(p.ImportPath, project) }

// list runs `go list` for a platform. Packages that hold no file for it are left out.
func list(t *testing.T, platform []string, arguments ...string) []goPackage {
	t.Helper()
	command := exec.Command("go", append([]string{"list", "-e", "-json=ImportPath,Dir,GoFiles,TestGoFiles,XTestGoFiles,Imports,Deps,Standard"}, arguments...)...)
	command.Dir = "../.."
	command.Env = append(os.Environ(), platform...)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaint.String())
	}
	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		if len(p.GoFiles) > 0 {
			packages = append(packages, p)
		}
	}
}

var platforms = map[string][]string{
	"native": nil,
	"page":   {"GOOS=js", "GOARCH=wasm"},
}

func entryFor[V any](table map[string]V, room string) (V, bool) {
	for name := room; name != "."; {
		if entry, ok := table[name]; ok {
			return entry, true
		}
		cut := strings.LastIndexByte(name, '/')
		if cut < 0 {
			break
		}
		name = name[:cut]
	}
	var none V
	return none, false
}

// within reports whether room is name or inside of it.
func within(room, name string) bool { return room == name || strings.HasPrefix(room, name+"/") }

func TestImportRule(t *testing.T) {
	for platform, environment := range platforms {
		for _, p := range list(t, environment, "./...") {
			allowed, known := entryFor(mayImport, p.room())
			if !known {
				t.Errorf("%s: %s is in no room; add it to mayImport and to ARCHITECTURE.md", platform, p.room())
				continue
			}
			for _, imported := range p.Imports {
				target, ours := strings.CutPrefix(imported, project)
				if !ours || slices.Contains(allowed, "*") || slices.Contains(everybodyImports, target) || sameRoom(p.room(), target) {
					continue
				}
				if !allows(allowed, target) {
					t.Errorf("%s: %s imports %s; the import rule in ARCHITECTURE.md does not allow it", platform, p.room(), target)
				}
			}
		}
	}
}

// sameRoom holds for packages of one program or of one room without entries of their own.
func sameRoom(a, b string) bool {
	first, _, _ := strings.Cut(a, "/")
	other, _, _ := strings.Cut(b, "/")
	return first == other && first != "store" && first != "sync"
}

// allows takes an entry with the folders under it, except where those have an entry of their own.
func allows(allowed []string, target string) bool {
	for _, name := range allowed {
		if target == name {
			return true
		}
		if _, own := mayImport[target]; within(target, name) && !own {
			return true
		}
		if tree, is := strings.CutSuffix(name, "/*"); is && within(target, tree) {
			return true
		}
	}
	return false
}

func TestNobodyImportsPrograms(t *testing.T) {
	for platform, environment := range platforms {
		for _, p := range list(t, environment, "./...") {
			for _, imported := range p.Imports {
				target, ours := strings.CutPrefix(imported, project)
				for _, program := range nobodyImports {
					if ours && within(target, program) && !within(p.room(), program) {
						t.Errorf("%s: %s imports the program %s", platform, p.room(), target)
					}
				}
			}
		}
	}
}

func matches(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		prefix, tree := strings.CutSuffix(pattern, "/*")
		return path == prefix || tree && strings.HasPrefix(path, prefix+"/")
	})
}

func TestPagesOwnPackagesStayLean(t *testing.T) {
	for _, p := range list(t, platforms["page"], "./...") {
		if !slices.Contains(inThePage, p.room()) && !within(p.room(), "sync") {
			continue
		}
		for _, imported := range p.Imports {
			if matches(imported, unwanted) {
				t.Errorf("%s imports %s, which the page cannot afford", p.room(), imported)
			}
			if within(p.room(), "sync") && (imported == "time" || imported == "sync") {
				t.Errorf("%s imports %s; the engine has no clock and no locks", p.room(), imported)
			}
			if imported == "syscall/js" && p.room() != "wasm" && p.room() != "store/indexeddb" {
				t.Errorf("%s imports syscall/js; only wasm and store/indexeddb may", p.room())
			}
		}
	}
}

func TestPagesModuleStaysLean(t *testing.T) {
	var found bool
	for _, p := range list(t, platforms["page"], "./wasm") {
		found = true
		for _, dependency := range p.Deps {
			if matches(dependency, heavy) {
				t.Errorf("the page's module brings %s; find who imports it with `GOOS=js GOARCH=wasm go list -deps -f '{{.ImportPath}} {{.Imports}}' ./wasm`", dependency)
			}
		}
	}
	if !found {
		t.Error("there is no package wasm for js/wasm")
	}
}

// TestServerCoreNeedsNoNetwork: hosts bring the network, so that the core runs where there is none.
func TestServerCoreNeedsNoNetwork(t *testing.T) {
	for _, p := range list(t, platforms["page"], "./server") {
		for _, dependency := range p.Deps {
			if matches(dependency, []string{"net", "net/http", "crypto/tls", "os/exec"}) {
				t.Errorf("server brings %s", dependency)
			}
		}
	}
}

func TestSyscallJSStaysAtTheEdge(t *testing.T) {
	for _, p := range list(t, platforms["page"], "./...") {
		if slices.Contains(p.Imports, "syscall/js") && !within(p.room(), "wasm") && !within(p.room(), "store/indexeddb") {
			t.Errorf("%s imports syscall/js; only wasm and store/indexeddb may", p.room())
		}
	}
}

// TestSidesOfThePackage: the page's code and the worker's meet in what both share, which needs neither. In Node both
// are one process.
func TestSidesOfThePackage(t *testing.T) {
	may := map[string][]string{"page": {"shared"}, "worker": {"shared"}, "shared": nil, "node": {"page", "worker", "shared"}, "codemod": nil, "frameworks": nil, "bundlers": nil}
	crossing := regexp.MustCompile(`from '\.\./(\w+)/`)
	seen := 0
	for _, name := range sources(t) {
		side := path.Base(path.Dir(name))
		if !strings.HasPrefix(name, "js/") || !strings.HasSuffix(name, ".ts") || strings.HasSuffix(name, ".test.ts") || side == "js" {
			continue
		}
		for _, match := range crossing.FindAllStringSubmatch(read(t, name), -1) {
			seen++
			if !slices.Contains(may[side], match[1]) {
				t.Errorf("%s imports from js/%s, which js/%s may not", name, match[1], side)
			}
		}
	}
	if seen < 10 {
		t.Fatalf("only %d imports between the folders of js/ are found: this test no longer fits", seen)
	}
}

// TestOnePlaceKnowsTheBackEnds: what kind of tables a server has is decided in one file of the command.
func TestOnePlaceKnowsTheBackEnds(t *testing.T) {
	seen, known := 0, backEnds(t, "server/", ") Update(")
	for name, text := range texts(t, "cmd/", ".go") {
		for backEnd := range known {
			if !strings.Contains(text, `"`+project+backEnd+`"`) {
				continue
			}
			if seen++; name != "cmd/deltabase/tables.go" {
				t.Errorf("%s imports %s; ask tables.go for tables", name, backEnd)
			}
		}
	}
	if seen == 0 {
		t.Error("no file of the command imports a back end: this test no longer fits")
	}
}
