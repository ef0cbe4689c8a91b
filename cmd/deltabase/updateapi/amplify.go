package updateapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/deltabase/deltabase/conflict"
)

// FromAmplify reads the ResolverConfig of an Amplify project, in
// amplify/backend/api/NAME/transform.conf.json. A Lambda's name becomes a file: NAME-${env} is
// functions/NAME.js. The warnings tell what was left out or means something else here.
func FromAmplify(text []byte, models []string) (s Settings, warnings []string, err error) {
	s = Settings{Default: Choice{Strategy: conflict.Automerge}, Models: map[string]Choice{}}
	if !gjson.ValidBytes(text) {
		return s, nil, fmt.Errorf("this is not JSON; name the project's transform.conf.json")
	}
	config := gjson.GetBytes(text, "ResolverConfig")
	if !config.IsObject() {
		return s, nil, fmt.Errorf("the file has no ResolverConfig: conflict detection is off in that API, and here it is always on; choose a strategy yourself")
	}
	warn := func(format string, arguments ...any) { warnings = append(warnings, fmt.Sprintf(format, arguments...)) }
	if project := config.Get("project"); project.Exists() {
		if s.Default, err = amplifyChoice("project", project, warn); err != nil {
			return s, nil, err
		}
	}
	config.Get("models").ForEach(func(key, entry gjson.Result) bool {
		name := key.String()
		switch {
		case !entry.Get("ConflictHandler").Exists() || !entry.Get("ConflictDetection").Exists():
			warn("models.%s has no ConflictHandler or no ConflictDetection; Amplify ignores such an entry, and so the project's strategy holds", name)
		case !slices.Contains(models, name):
			warn("models.%s is not in the schema; it was left out", name)
		default:
			var choice Choice
			if choice, err = amplifyChoice("models."+name, entry, warn); err == nil && choice != s.Default {
				s.Models[name] = choice
			}
		}
		return err == nil
	})
	return s, warnings, err
}

func amplifyChoice(at string, entry gjson.Result, warn func(string, ...any)) (Choice, error) {
	handler, detection := entry.Get("ConflictHandler").String(), entry.Get("ConflictDetection").String()
	if detection == "NONE" {
		return Choice{Strategy: conflict.None}, nil
	}
	if detection != "VERSION" && detection != "" {
		return Choice{}, fmt.Errorf("%s: there is no ConflictDetection %q; Amplify knows VERSION and NONE", at, detection)
	}
	switch strategy := conflict.Strategy(handler); strategy {
	case conflict.Automerge, conflict.Optimistic:
		return Choice{Strategy: strategy}, nil
	case conflict.None:
		warn("%s detects conflicts and handles none: every one is refused, which is OPTIMISTIC_CONCURRENCY", at)
		return Choice{Strategy: conflict.Optimistic}, nil
	case conflict.Lambda:
		name := strings.TrimSuffix(entry.Get("LambdaConflictHandler.name").String(), "-${env}")
		if name == "" {
			return Choice{}, fmt.Errorf("%s: Invalid Lambda SyncConfig: LAMBDA without a LambdaConflictHandler", at)
		}
		return Choice{conflict.Lambda, "functions/" + fileName(name) + ".js"}, nil
	}
	return Choice{}, fmt.Errorf("%s: there is no ConflictHandler %q", at, handler)
}

// fileName keeps of a Lambda's name what every file system takes.
func fileName(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			return c
		}
		return '_'
	}, name)
}
