package house

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The names by which the engine speaks with the app stand in one table each (sync/app) and in the
// documentation; neither knows one that the other does not.

var (
	goCause = regexp.MustCompile(`(?m)^\s*Cause\w+\s*= (?:"([a-z_]+)"|(Code\w+))`)
	codeOf  = regexp.MustCompile(`(?m)^\s*(Code\w+)\s*= "([a-z_]+)"`)
	goEvent = regexp.MustCompile(`(?m)^\s*Hub\w+\s*= "(\w+)"`)
	tsEvent = regexp.MustCompile(`\| '(\w+)'`)
	// quotedEvent takes `ready` and `outboxStatus {isEmpty}`, and leaves out `Hub.listen(...)` and fields.
	quotedEvent = regexp.MustCompile("`([a-z][A-Za-z_]+)(?: \\{[^}`]*\\})?`")
)

func section(t *testing.T, name, from, to string) string {
	_, text, found := strings.Cut(read(t, name), from)
	text, _, ends := strings.Cut(text, to)
	if !found || !ends {
		t.Fatalf("%s has no section %q", name, from)
	}
	return text
}

func named(pattern *regexp.Regexp, text string) []string {
	var names []string
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, match[1]) {
			names = append(names, match[1])
		}
	}
	return names
}

func same(t *testing.T, what string, made, told []string) {
	t.Helper()
	if len(made) < 8 {
		t.Fatalf("only %d %s were found in the sources: the pattern no longer fits", len(made), what)
	}
	for _, name := range made {
		if !slices.Contains(told, name) {
			t.Errorf("the documentation does not tell of %s, one of the %s", name, what)
		}
	}
	for _, name := range told {
		if !slices.Contains(made, name) {
			t.Errorf("the documentation tells of %s, which is none of the %s", name, what)
		}
	}
}

// specifiedCauses are those of SPEC.md.
func specifiedCauses(t *testing.T) []string {
	return named(quotedCode, section(t, "SPEC.md", "\nCauses ", "\n## "))
}

func TestCausesAreSpecified(t *testing.T) {
	codes := map[string]string{}
	for _, match := range codeOf.FindAllStringSubmatch(read(t, "sync/app/errors.go"), -1) {
		codes[match[1]] = match[2]
	}
	var made []string
	for _, match := range goCause.FindAllStringSubmatch(read(t, "sync/app/causes.go"), -1) {
		if match[1] == "" {
			match[1] = codes[match[2]]
		}
		made = append(made, match[1])
	}
	same(t, "causes", made, specifiedCauses(t))
}

func TestHubEventsAreDocumented(t *testing.T) {
	text := section(t, "README.md", "\n## Hub events\n", "\n## ")
	told := slices.DeleteFunc(named(quotedEvent, text), func(name string) bool { return name == "estimate" })
	made := named(goEvent, read(t, "sync/app/hub.go"))
	same(t, "Hub events", made, told)
	var stories strings.Builder
	for _, name := range storyFiles(t) {
		stories.WriteString(read(t, name))
	}
	for _, name := range made {
		if !regexp.MustCompile(`\bhub ` + name + `\b`).MatchString(stories.String()) {
			t.Errorf("no story in sync/testdata shows the Hub event %s", name)
		}
	}
	same(t, "Hub events of the page", made, named(tsEvent, section(t, "js/page/hub.ts", "export type HubEvent =", ";")))
}

var rowName = regexp.MustCompile("(?m)^\\| `(\\w+)` \\|")

// TestErrorsPageIsComplete: docs/errors.md tells about each code and cause that SPEC.md lists.
func TestErrorsPageIsComplete(t *testing.T) {
	specified := append(specifiedCodes(t), specifiedCauses(t)...)
	slices.Sort(specified)
	told := named(rowName, read(t, "docs/errors.md"))
	slices.Sort(told)
	same(t, "codes of docs/errors.md", slices.Compact(specified), told)
}

// TestConfigurationPageIsComplete: docs/configuration.md tells about each setting of the page.
func TestConfigurationPageIsComplete(t *testing.T) {
	page := captured(t, `(?m)^  (\w+): `, between(t, one(t, "js/", "config.ts"), "const checks", "\n};"))
	page = slices.DeleteFunc(page, func(name string) bool { return name == "schema" }) // comes from initSchema, not from the app
	told := named(rowName, read(t, "docs/configuration.md"))
	told = slices.DeleteFunc(told, func(name string) bool { return name == "setting" })
	same(t, "settings of docs/configuration.md", page, told)
}

func storyFiles(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("../../sync/testdata/*.txt")
	if err != nil || len(found) == 0 {
		t.Fatalf("no story is found in sync/testdata: %v", err)
	}
	for i := range found {
		found[i] = filepath.ToSlash(strings.TrimPrefix(found[i], filepath.FromSlash("../../")))
	}
	return found
}
