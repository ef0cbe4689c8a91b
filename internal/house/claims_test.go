package house

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Each claim of SPEC.md, "- **3.2** ...", has its number and names tests that exist.

var (
	claim    = regexp.MustCompile(`(?ms)^- \*\*(\d+)\.(\d+)\*\* (.*?)(?:\n- |\n\n)`)
	goTest   = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)
	fileTest = regexp.MustCompile(`[\w-]+\.test\.(?:mjs|ts)`)
	listed   = regexp.MustCompile(`\b(stories|story|scripts|script)\s+((?:[\w]+)(?:,\s+[\w]+)*)`)
	cases    = regexp.MustCompile(`script (\w+)((?:,? "[^"]+")+)`)
	folderOf = map[string]string{"stories": "sync", "story": "sync", "scripts": "server", "script": "server"}
)

// testNames are the functions of Go's tests, the files of the others.
func testNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, name := range sources(t) {
		if fileTest.MatchString(name) {
			names[path.Base(name)] = true
		}
		if strings.HasSuffix(name, ".go") {
			for _, match := range function.FindAllStringSubmatch(read(t, name), -1) {
				names[match[1]] = true
			}
		}
	}
	return names
}

func TestClaimsNameTheirTests(t *testing.T) {
	tests := testNames(t)
	text := read(t, "SPEC.md")
	for _, name := range append(goTest.FindAllString(text, -1), fileTest.FindAllString(text, -1)...) {
		// A name that ends with an ellipsis stands for several.
		if !tests[name] && !strings.Contains(text, name+"…") && !strings.HasPrefix(name, "NAME") {
			t.Errorf("SPEC.md names the test %s, which is not there", name)
		}
	}
	last, before := map[string]int{}, 0
	for _, match := range claim.FindAllStringSubmatch(strings.ReplaceAll(text, "\n- ", "\n\n- "), -1) {
		rule, number, body := match[1], match[2], match[3]
		chapter, _ := strconv.Atoi(rule)
		if chapter < before {
			t.Errorf("SPEC.md: claim %s.%s comes behind claims of %d", rule, number, before)
		}
		before = chapter
		if last[rule]++; number != strconv.Itoa(last[rule]) {
			t.Errorf("SPEC.md: claim %s.%s comes where %s.%d is due", rule, number, rule, last[rule])
			return
		}
		_, kept, found := strings.Cut(body, "—")
		if !found {
			t.Errorf("SPEC.md: claim %s.%s names no test", rule, number)
			continue
		}
		checkKept(t, rule+"."+number, kept)
	}
	if len(last) < 15 {
		t.Errorf("only %d rules of SPEC.md have claims: the pattern no longer fits", len(last))
	}
}

func checkKept(t *testing.T, claim, kept string) {
	some := goTest.MatchString(kept) || fileTest.MatchString(kept) || strings.Contains(kept, `"`) || strings.Contains(kept, "server/turns")
	for _, match := range listed.FindAllStringSubmatch(kept, -1) {
		for name := range strings.SplitSeq(match[2], ",") {
			some = true
			file := filepath.Join("../..", folderOf[match[1]], "testdata", strings.TrimSpace(name)+".txt")
			if _, err := os.Stat(file); err != nil {
				t.Errorf("SPEC.md: claim %s names the %s %s, which is not there", claim, match[1], strings.TrimSpace(name))
			}
		}
	}
	for _, match := range cases.FindAllStringSubmatch(strings.Join(strings.Fields(kept), " "), -1) {
		script := read(t, "server/testdata/"+match[1]+".txt")
		for _, quoted := range strings.Split(strings.Trim(match[2], `" `), `", "`) {
			if !regexp.MustCompile(`(?m)^# .*` + regexp.QuoteMeta(quoted)).MatchString(script) {
				t.Errorf("SPEC.md: claim %s names the case %q, which the script %s does not have", claim, quoted, match[1])
			}
		}
	}
	if !some {
		t.Errorf("SPEC.md: claim %s names no test that anybody could run: %s", claim, kept)
	}
}
