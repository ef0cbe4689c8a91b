package sdl

import (
	"strings"

	pluralize "github.com/gertd/go-pluralize"
)

var plurals = pluralize.NewClient()

// Where go-pluralize 0.2.1 differs from the npm package pluralize 8.0.0, which made the names
// that existing apps and APIs use (compared over the word lists of both).
var pluralExceptions = map[string]string{
	"canvas": "canvas", "her": "hers", "his": "his", "its": "its", "my": "mies", "our": "ours", "their": "theirs",
}

// Plural is the plural of a type name, the same that Amplify makes: getPost, but listPosts.
func Plural(name string) string {
	plural, ok := pluralExceptions[strings.ToLower(name)]
	if !ok {
		return plurals.Plural(name)
	}
	if name == strings.ToUpper(name) {
		return strings.ToUpper(plural)
	}
	return name[:1] + plural[1:]
}

// camel joins words to one name: the first begins lower, each further one upper.
func camel(words ...string) string {
	var b strings.Builder
	for i, w := range words {
		if i == 0 {
			b.WriteString(lowerFirst(w))
		} else {
			b.WriteString(upperFirst(w))
		}
	}
	return b.String()
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
