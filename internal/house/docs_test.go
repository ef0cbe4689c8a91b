package house

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fence      = regexp.MustCompile("(?s)```.*?```")
	namedFile  = regexp.MustCompile("`([\\w.-]+(?:/[\\w.*-]+)+)`")
	bareFile   = regexp.MustCompile("`([\\w.-]+\\.(?:go|ts|mjs))`")
	cited      = regexp.MustCompile(`\b(docs/[\w-]+\.md)(#[\w-]+)?`)
	unknown    = regexp.MustCompile(`(?i)\bsection \d`)
	notLetters = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// anchors are those of a page's headings, as GitHub makes them.
func anchors(text string) []string {
	var list []string
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		title := notLetters.ReplaceAllString(strings.ToLower(match[1]), "")
		list = append(list, strings.ReplaceAll(title, " ", "-"))
	}
	return list
}

// linked are the files that a page links to, by path from the root; it reports links that lead nowhere.
func linked(t *testing.T, name string) []string {
	var list []string
	for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, name), ""), -1) {
		file, anchor, _ := strings.Cut(match[1], "#")
		if strings.Contains(file, ":") {
			continue
		}
		target := name
		if file != "" {
			target = path.Join(path.Dir(name), file)
		}
		if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
			t.Errorf("%s links to %s, which is not there", name, match[1])
			continue
		}
		if anchor != "" && !slices.Contains(anchors(read(t, target)), anchor) {
			t.Errorf("%s links to %s, which has no such heading", name, match[1])
		}
		list = append(list, target)
	}
	return list
}

func pages(t *testing.T) []string {
	var list []string
	for _, name := range sources(t) {
		if path.Ext(name) == ".md" && !strings.HasPrefix(name, ".github/") && read(t, name) != "" {
			list = append(list, name)
		}
	}
	return list
}

func TestLinksLeadSomewhere(t *testing.T) {
	for _, name := range pages(t) {
		linked(t, name)
	}
}

// TestDocsAreTwoHopsAway: what is written for people is found from README.md.
func TestDocsAreTwoHopsAway(t *testing.T) {
	near := linked(t, "README.md")
	for _, name := range slices.Clone(near) {
		if path.Ext(name) == ".md" {
			near = append(near, linked(t, name)...)
		}
	}
	for _, name := range pages(t) {
		guide := path.Dir(name) == "docs" || path.Dir(name) == "." && name != "README.md"
		if guide && !slices.Contains(near, name) {
			t.Errorf("%s is more than two links away from README.md", name)
		}
	}
}

// TestNamedFilesExist: a file or folder that the guides name is there; * stands for any part of a name.
func TestNamedFilesExist(t *testing.T) {
	for _, name := range pages(t) {
		if path.Dir(name) != "docs" && name != "CONTRIBUTING.md" && name != "ARCHITECTURE.md" {
			continue
		}
		for _, match := range namedFile.FindAllStringSubmatch(fence.ReplaceAllString(read(t, name), ""), -1) {
			first, _, _ := strings.Cut(match[1], "/")
			if _, err := os.Stat(filepath.Join("../..", first)); err != nil || first == "dist" || first == "bin" || match[1] == "web/dist" {
				continue // no path of this tree, or one that a build makes
			}
			if found, err := filepath.Glob(filepath.Join("../..", match[1])); err != nil || len(found) == 0 {
				t.Errorf("%s names %s, which is not there", name, match[1])
			}
		}
	}
}

// TestRecipesNameFolders: a recipe names its files by their paths; only limits.go is in every package.
func TestRecipesNameFolders(t *testing.T) {
	for _, match := range bareFile.FindAllStringSubmatch(fence.ReplaceAllString(read(t, "docs/recipes.md"), ""), -1) {
		if match[1] != "limits.go" {
			t.Errorf("docs/recipes.md names %s without its folder", match[1])
		}
	}
}

// TestCitationsExist: code cites headings of docs/, and no document that is not in this tree.
func TestCitationsExist(t *testing.T) {
	for _, name := range sources(t) {
		if !isCode(name) || strings.HasPrefix(name, "internal/house/") {
			continue
		}
		text := read(t, name)
		for _, match := range cited.FindAllStringSubmatch(text, -1) {
			if page := read(t, match[1]); page == "" {
				t.Errorf("%s cites %s, which is not there", name, match[1])
			} else if match[2] != "" && !slices.Contains(anchors(page), match[2][1:]) {
				t.Errorf("%s cites %s%s, which has no such heading", name, match[1], match[2])
			}
		}
		if where := unknown.FindString(text); where != "" {
			t.Errorf("%s cites %q of a document that it does not name: cite a heading of docs/", name, where)
		}
	}
}
