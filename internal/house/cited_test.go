package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What comments, stories and scripts cite of SPEC.md, "rules 3 and 7" or "claim 3.2", stands there.

var (
	citedRules  = regexp.MustCompile(`\b[rR]ules? \d+(?:(?:, | and | to )\d+)*\b`)
	citedClaims = regexp.MustCompile(`\b[cC]laims? \d+\.\d+(?:(?:, | and | to )\d+\.\d+)*\b`)
	numbers     = regexp.MustCompile(`\d+(?:\.\d+)?`)
	ruleHeading = regexp.MustCompile(`(?m)^### (\d+)\. `)
	claimNumber = regexp.MustCompile(`(?m)^- \*\*(\d+\.\d+)\*\* `)
)

// specifiedNumbers are those of SPEC.md's rules and claims.
func specifiedNumbers(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	text := read(t, "SPEC.md")
	for _, pattern := range []*regexp.Regexp{ruleHeading, claimNumber} {
		for _, match := range pattern.FindAllStringSubmatch(text, -1) {
			if found[match[1]] {
				t.Errorf("SPEC.md has the number %s twice", match[1])
			}
			found[match[1]] = true
		}
	}
	return found
}

// wrongCitations are the numbers that the text cites and SPEC.md does not have.
func wrongCitations(text string, specified map[string]bool) (wrong []string) {
	for _, pattern := range []*regexp.Regexp{citedRules, citedClaims} {
		for _, citation := range pattern.FindAllString(text, -1) {
			for _, number := range numbers.FindAllString(citation, -1) {
				if !specified[number] {
					wrong = append(wrong, number)
				}
			}
		}
	}
	return wrong
}

func TestCitedRulesAreSpecified(t *testing.T) {
	specified := specifiedNumbers(t)
	if len(specified) < 200 {
		t.Fatalf("only %d numbers found in SPEC.md: the patterns no longer fit", len(specified))
	}
	scripts, err := filepath.Glob("../../*/testdata/*.txt")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no stories and scripts found: %v", err)
	}
	names := scripts
	for _, name := range sources(t) {
		if !strings.HasSuffix(name, "cited_test.go") {
			names = append(names, filepath.Join("../..", name))
		}
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // git lists a file that is deleted and not committed yet
		}
		for _, number := range wrongCitations(string(text), specified) {
			t.Errorf("%s cites %s, which SPEC.md does not have", name, number)
		}
	}
}

func TestWrongCitationsAreFound(t *testing.T) {
	specified := map[string]bool{"3": true, "3.1": true}
	for text, want := range map[string]string{
		"kept (rule 3)": "", "(claim 3.1)": "", "rules 3 and 17": "17", "Rule 19": "19", "claims 3.1, 3.2": "3.2",
	} {
		if got := strings.Join(wrongCitations(text, specified), " "); got != want {
			t.Errorf("%q cites %q wrongly, expected %q", text, got, want)
		}
	}
}
