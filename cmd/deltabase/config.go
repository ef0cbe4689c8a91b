package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	serverhttp "github.com/deltabase/deltabase/server/http"
	"github.com/deltabase/deltabase/server/identity"
)

// config is deltabase.json. Paths in it are relative to its folder; here they are resolved.
type config struct {
	file     string // as it was named
	schema   string
	database string
	apiKeys  []string

	strategy   conflict.Strategy
	strategies map[string]conflict.Strategy
	function   string // of the project, for LAMBDA: a file relative to the configuration's folder, or an address
	functions  map[string]string
	// models whose changes may come without _version
	unversioned []string

	deltaTTLMinutes     int
	tombstoneTTLMinutes int
	origins             []string
	hosts               []string // what the server is called
	drainSeconds        int      // that /readyz says 503 before the listener closes
	sandbox             bool     // default true: `dev` treats models without @auth as public
	maxPageCount        int
	metrics             *bool // nil: open under `dev`, closed under `serve`

	issuers []identity.Issuer // of tokens
	rates   *serverhttp.Rates // nil: none under `dev`, ratesByDefault under `serve`
	proxies []netip.Prefix    // whose word on addresses counts
}

// configError lists everything that is wrong with a configuration file.
type configError struct {
	file     string
	problems []string
}

func (e *configError) Error() string {
	if len(e.problems) == 1 {
		return e.file + ": " + e.problems[0]
	}
	return fmt.Sprintf("%s has %d mistakes:\n  %s", e.file, len(e.problems), strings.Join(e.problems, "\n  "))
}

// loadConfig reads and checks a configuration file.
func loadConfig(file string) (*config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("there is no configuration file %s; `deltabase init` writes one beside what is there, or name another with --config", file)
	}
	value, err := record.Parse(text)
	if err != nil {
		return nil, &configError{file, []string{fmt.Sprintf("line %d is not JSON: %s", lineAt(text, err), err.Error())}}
	}
	c := &config{file: file, sandbox: true, proxies: thisMachine}
	r := configReader{config: c, folder: filepath.Dir(file)}
	r.object("", value, map[string]func(string, record.Value){
		"schema":              func(at string, v record.Value) { c.schema = r.path(at, v) },
		"database":            r.database,
		"apiKeys":             func(at string, v record.Value) { c.apiKeys = r.texts(at, v) },
		"conflictResolution":  r.conflictResolution,
		"unversioned":         func(at string, v record.Value) { c.unversioned = r.texts(at, v) },
		"deltaTtlMinutes":     func(at string, v record.Value) { c.deltaTTLMinutes = r.count(at, v) },
		"tombstoneTtlMinutes": func(at string, v record.Value) { c.tombstoneTTLMinutes = r.count(at, v) },
		"origins":             r.origins,
		"hosts":               r.hosts,
		"drainSeconds":        func(at string, v record.Value) { c.drainSeconds = r.count(at, v) },
		"sandbox":             func(at string, v record.Value) { c.sandbox = r.flag(at, v) },
		"metrics": func(at string, v record.Value) {
			open := r.flag(at, v)
			c.metrics = &open
		},
		"sqlite":         r.sqlite,
		"auth":           r.auth,
		"rateLimit":      r.rateLimit,
		"trustedProxies": r.trustedProxies,
	})
	if c.schema == "" && len(r.problems) == 0 {
		r.wrong(`"schema" is missing; name the GraphQL file, for example "schema": "schema.graphql"`)
	}
	if len(c.apiKeys) == 0 && len(c.issuers) == 0 && len(r.problems) == 0 {
		r.wrong(`"apiKeys" is missing; without a key nobody may call: "apiKeys": ["da2-demo"], or "auth" for signed-in users`)
	}
	if c.database == "" {
		c.database = filepath.Join(r.folder, "deltabase.db")
	}
	if len(r.problems) > 0 {
		return nil, &configError{file, r.problems}
	}
	return c, nil
}

func lineAt(text []byte, err error) int {
	syntax, ok := err.(*record.SyntaxError)
	if !ok || syntax.Offset > len(text) {
		return 1
	}
	return 1 + strings.Count(string(text[:syntax.Offset]), "\n")
}

// configReader reads values and collects what is wrong with them.
type configReader struct {
	config   *config
	folder   string
	problems []string
}

func (r *configReader) wrong(format string, arguments ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, arguments...))
}

// object hands each known key to its reader and names the unknown ones.
func (r *configReader) object(at string, v record.Value, known map[string]func(string, record.Value)) {
	if v.Kind() != record.Object {
		if at == "" {
			at = "the file"
		}
		r.wrong("%s must be an object", at)
		return
	}
	v.Fields(func(name string, value record.Value) bool {
		path := name
		if at != "" {
			path = at + "." + name
		}
		if read, ok := known[name]; ok {
			read(path, value)
		} else {
			r.wrong("unknown key %q; allowed are %s", path, strings.Join(sorted(known), ", "))
		}
		return true
	})
}

func sorted[V any](m map[string]V) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (r *configReader) text(at string, v record.Value) string {
	if v.Kind() != record.String || v.Str() == "" {
		r.wrong("%q must be a text that is not empty", at)
	}
	return v.Str()
}

func (r *configReader) path(at string, v record.Value) string {
	path := r.text(at, v)
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(r.folder, filepath.FromSlash(path))
}

func (r *configReader) database(at string, v record.Value) {
	if isAddress(v.Str()) {
		r.config.database = v.Str()
		return
	}
	r.config.database = r.path(at, v)
}

func (r *configReader) texts(at string, v record.Value) []string {
	var list []string
	if v.Kind() != record.List {
		r.wrong("%q must be a list of texts", at)
	}
	v.Elements(func(i int, element record.Value) bool {
		list = append(list, r.text(at+"["+strconv.Itoa(i)+"]", element))
		return true
	})
	return list
}

func (r *configReader) count(at string, v record.Value) int {
	n, ok := v.Int()
	if !ok || n < 1 || n > 1<<31 {
		r.wrong("%q must be a whole number of at least 1", at)
	}
	return int(n)
}

func (r *configReader) flag(at string, v record.Value) bool {
	if v.Kind() != record.Bool {
		r.wrong("%q must be true or false", at)
	}
	return v.Bool()
}

func (r *configReader) sqlite(at string, v record.Value) {
	r.object(at, v, map[string]func(string, record.Value){
		"maxPageCount": func(at string, v record.Value) { r.config.maxPageCount = r.count(at, v) },
	})
}
