package house

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What has to stand in several places, of which the compiler sees only some. docs/recipes.md names the
// tests of this file.

// texts are the sources below a folder whose name ends like this, tests excluded.
func texts(t *testing.T, folder, suffix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range sources(t) {
		if strings.HasPrefix(name, folder) && strings.HasSuffix(name, suffix) && !strings.Contains(name, "test.") {
			if text := read(t, name); text != "" {
				found[name] = text
			}
		}
	}
	if len(found) == 0 {
		t.Fatalf("there is no %s*%s", folder, suffix)
	}
	return found
}

// one is the only source below a folder that is called so.
func one(t *testing.T, folder, base string) string {
	t.Helper()
	var text string
	for name, found := range texts(t, folder, base) {
		if path.Base(name) == base {
			text += found
		}
	}
	return text
}

// between cuts out what lies between two texts.
func between(t *testing.T, text, start, end string) string {
	t.Helper()
	_, rest, starts := strings.Cut(text, start)
	inside, _, ends := strings.Cut(rest, end)
	if !starts || !ends {
		t.Fatalf("nothing lies between %q and %q: this test no longer fits", start, end)
	}
	return inside
}

// captured are the first groups of all matches, at least some.
func captured(t *testing.T, pattern, text string) []string {
	t.Helper()
	var list []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		list = append(list, match[1])
	}
	if len(list) < 3 {
		t.Fatalf("%s is found %d times: this test no longer fits", pattern, len(list))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func TestOperatorsOfThePage(t *testing.T) {
	engine := captured(t, `\w+:\s+"(\w+)"`, between(t, read(t, "query/operator.go"), "operatorNames = ", "\n}"))
	page := captured(t, `(?m)^  (\w+): \d`, between(t, one(t, "js/", "predicates.ts"), "const operators", "};"))
	types := one(t, "js/", "types.ts")
	serverOnly := []string{"containsAny", "attributeExists", "attributeType", "size"}
	for _, name := range engine {
		if !slices.Contains(page, name) && !slices.Contains(serverOnly, name) {
			t.Errorf("query/ knows the operator %s, which js/ does not offer", name)
		}
	}
	for _, name := range page {
		if !slices.Contains(engine, name) {
			t.Errorf("js/ offers the operator %s, which query/ does not know", name)
		}
		if !strings.Contains(types, "\n  "+name+"(") {
			t.Errorf("types.ts of js/ has no signature of the operator %s", name)
		}
	}
}

func TestSettingsAreSpecified(t *testing.T) {
	page := captured(t, `(?m)^  (\w+): `, between(t, one(t, "js/", "config.ts"), "const checks", "\n};"))
	specified := between(t, read(t, "SPEC.md"), "\n## Settings\n", "\n## ")
	engine := between(t, one(t, "sync/", "config.go"), "func (c *Config) set(", "\n}\n")
	for _, name := range page {
		// The schema comes from initSchema, not from the app.
		if name != "schema" && !strings.Contains(specified, "`"+name+"`") {
			t.Errorf(`js/ takes the setting %s, which SPEC.md does not list under "Settings"`, name)
		}
	}
	for _, names := range captured(t, `(?m)^\tcase (.+):$`, engine) {
		for name := range strings.SplitSeq(names, ", ") {
			if name = strings.Trim(name, `"`); !slices.Contains(page, name) {
				t.Errorf("the engine takes the setting %s, which js/ does not check", name)
			}
		}
	}
}

func TestStrategiesAreEverywhere(t *testing.T) {
	found := regexp.MustCompile(`(\w+)\s+Strategy = "(\w+)"`).FindAllStringSubmatch(read(t, "conflict/conflict.go"), -1)
	if len(found) < 4 {
		t.Fatalf("only %d strategies are found: this test no longer fits", len(found))
	}
	for _, match := range found {
		constant, name := "conflict."+match[1], match[2]
		for file, word := range map[string]string{
			"README.md": name, "SPEC.md": name,
			"server/server.go": constant, "sim/models.go": constant,
			"cmd/deltabase/strategies.go": constant,
			"conflict/decide_test.go":     match[1],
		} {
			if !strings.Contains(read(t, file), word) {
				t.Errorf("%s does not know the strategy %s", file, name)
			}
		}
	}
}

// TestBackendsRunTheirSuite: whoever has the methods of a back end runs the suite of back ends.
func TestBackendsRunTheirSuite(t *testing.T) {
	kinds := map[string]struct{ method, suite string }{
		"server/": {") Update(", "tabletest.Run("},
		"store/":  {") ReadEach(", "storetest.Run("},
	}
	for folder, kind := range kinds {
		for dir := range backEnds(t, folder, kind.method) {
			if runs := suiteRuns(t, dir, kind.suite); !runs {
				t.Errorf("%s is a back end, and no test in it calls %s", dir, kind.suite)
			}
		}
	}
}

// backEnds are the packages right below a folder that have a type with this method.
func backEnds(t *testing.T, folder, method string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	has := regexp.MustCompile(`(?m)^func \([^)]*` + regexp.QuoteMeta(method))
	for name, text := range texts(t, folder, ".go") {
		if dir := path.Dir(name); path.Dir(dir)+"/" == folder && has.MatchString(text) {
			found[dir] = true
		}
	}
	if len(found) < 2 {
		t.Fatalf("only %d back ends are found below %s: this test no longer fits", len(found), folder)
	}
	return found
}

func suiteRuns(t *testing.T, dir, call string) bool {
	for _, name := range sources(t) {
		if path.Dir(name) == dir && strings.HasSuffix(name, "_test.go") && strings.Contains(read(t, name), call) {
			return true
		}
	}
	return false
}
