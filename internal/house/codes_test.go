package house

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every error code that the package can give stands in SPEC.md, and a test provokes it: a story of
// the engine, or a test of the page that names it as what it expects.

var (
	quotedCode = regexp.MustCompile("`([a-z_]+)`")
	goCode     = regexp.MustCompile(`(?m)^\s*Code\w+\s*= "([a-z_]+)"`)
	// moduleCode and pageCode are where wasm/ and js/ make an error.
	moduleCode = regexp.MustCompile(`engine\.Error\{Code: "([a-z_]+)"`)
	pageCode   = regexp.MustCompile(`(?:DeltabaseError|#loseAll|#fenced|#lose|failure)\(\s*'([a-z_]+)'`)
)

// specifiedCodes are those of SPEC.md's section.
func specifiedCodes(t *testing.T) []string {
	_, section, found := strings.Cut(read(t, "SPEC.md"), "\n## Error codes\n")
	section, _, ends := strings.Cut(section, "\n## ")
	codes, _, causes := strings.Cut(section, "\nCauses ")
	if !found || !ends || !causes {
		t.Fatal(`SPEC.md has no section "Error codes" with its causes behind it`)
	}
	var list []string
	for _, match := range quotedCode.FindAllStringSubmatch(codes, -1) {
		list = append(list, match[1])
	}
	return list
}

func TestCodesAreSpecified(t *testing.T) {
	specified := specifiedCodes(t)
	made := map[string]int{}
	note := func(name string, pattern *regexp.Regexp) {
		for _, match := range pattern.FindAllStringSubmatch(read(t, name), -1) {
			if match[1] == "DeltabaseError" {
				continue
			}
			made[match[1]]++
			if !slices.Contains(specified, match[1]) {
				t.Errorf("%s makes the code %s, which SPEC.md does not list", name, match[1])
			}
		}
	}
	note("sync/app/errors.go", goCode)
	for _, name := range sources(t) {
		switch {
		case strings.HasPrefix(name, "wasm/") && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			note(name, moduleCode)
		case strings.HasPrefix(name, "js/") && strings.HasSuffix(name, ".ts") && !strings.HasSuffix(name, ".test.ts"):
			note(name, pageCode)
		}
	}
	if len(made) < 20 {
		t.Fatalf("only %d codes were found in the sources: the patterns no longer fit", len(made))
	}
	for _, code := range specified {
		if made[code] == 0 && code != "schema_invalid" {
			t.Errorf("SPEC.md lists the code %s, which nothing makes", code)
		}
	}
}

func TestCodesAreProvoked(t *testing.T) {
	command := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "sync/testdata/*.txt", "test/*.test.mjs", "js/*.test.ts", "wasm/*_test.go")
	command.Dir = "../.."
	out, err := command.Output()
	if err != nil {
		t.Skipf("not in a git clone: %v", err)
	}
	var stories, tests strings.Builder
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if strings.HasSuffix(name, ".txt") {
			stories.WriteString(read(t, name))
		} else {
			tests.WriteString(read(t, name))
		}
	}
	for _, code := range append(specifiedCodes(t), specifiedCauses(t)...) {
		inStory := regexp.MustCompile(`(?m)^reply .* error ` + code + `:|^report \w+ \w+ ` + code + `:|^halt ` + code + `\b|"code":"` + code + `"`)
		inTest := regexp.MustCompile("['\"`/(|]" + code + "['\"`/:)|]")
		if !inStory.MatchString(stories.String()) && !inTest.MatchString(tests.String()) {
			t.Errorf("no story and no test provokes %s", code)
		}
	}
}
