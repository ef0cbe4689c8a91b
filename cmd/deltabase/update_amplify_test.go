package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUpdateFromAmplify takes over the ResolverConfig of an Amplify project (C20, C21, C22).
func TestUpdateFromAmplify(t *testing.T) {
	for _, one := range []struct {
		name, resolver string
		says           string // of an error, or a note
		want           string // of deltabase.json; "" for an error
	}{
		{"all strategies", `{"project": {"ConflictHandler": "AUTOMERGE", "ConflictDetection": "VERSION"}, "models": {
			"Post": {"ConflictHandler": "OPTIMISTIC_CONCURRENCY", "ConflictDetection": "VERSION"},
			"Order": {"ConflictHandler": "LAMBDA", "ConflictDetection": "VERSION", "LambdaConflictHandler": {"name": "syncConflict1-${env}", "region": "eu-west-1"}}}}`,
			"", `"project": "AUTOMERGE", "models": { "Order": { "strategy": "LAMBDA", "function": "functions/syncConflict1.js" }, "Post": "OPTIMISTIC_CONCURRENCY" }`},
		{"C20 a model without ConflictDetection", `{"project": {"ConflictHandler": "OPTIMISTIC_CONCURRENCY", "ConflictDetection": "VERSION"}, "models": {"Post": {"ConflictHandler": "AUTOMERGE"}}}`,
			"models.Post has no ConflictHandler or no ConflictDetection", `"project": "OPTIMISTIC_CONCURRENCY"`},
		{"C21 LAMBDA without its function", `{"models": {"Post": {"ConflictHandler": "LAMBDA", "ConflictDetection": "VERSION"}}}`, "models.Post: Invalid Lambda SyncConfig", ""},
		{"C22 no conflict detection", ``, "has no ResolverConfig", ""},
		{"no detection for a model", `{"models": {"Post": {"ConflictHandler": "AUTOMERGE", "ConflictDetection": "NONE"}, "Gone": {"ConflictHandler": "AUTOMERGE", "ConflictDetection": "NONE"}}}`,
			"models.Gone is not in the schema", `"project": "AUTOMERGE", "models": { "Post": "NONE" }`},
		{"handler NONE", `{"project": {"ConflictHandler": "NONE", "ConflictDetection": "VERSION"}, "models": {}}`, "which is OPTIMISTIC_CONCURRENCY", `"project": "OPTIMISTIC_CONCURRENCY"`},
		{"an unknown handler", `{"project": {"ConflictHandler": "MERGE", "ConflictDetection": "VERSION"}}`, `there is no ConflictHandler "MERGE"`, ""},
		{"an unknown detection", `{"project": {"ConflictHandler": "AUTOMERGE", "ConflictDetection": "DATE"}}`, `there is no ConflictDetection "DATE"`, ""},
	} {
		t.Run(one.name, func(t *testing.T) {
			config := project(t, plainConfig)
			text := `{"Version": 5, "ElasticsearchWarning": true}`
			if one.resolver != "" {
				text = `{"Version": 5, "ResolverConfig": ` + one.resolver + `}`
			}
			file := filepath.Join(filepath.Dir(config), "transform.conf.json")
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := update(t, config, "--amplify", file, "--create", "--yes")
			if err != nil {
				out = err.Error()
			}
			if (err == nil) != (one.want != "") || !strings.Contains(out, one.says) {
				t.Fatalf("%v: %s, want %s", err, out, one.says)
			}
			if got := strings.Join(strings.Fields(textOf(t, config)), " "); !strings.Contains(got, one.want) {
				t.Errorf("%s\nlacks %s", got, one.want)
			}
			if c, err := loadConfig(config); err != nil {
				t.Errorf("%v %v", c, err)
			}
		})
	}
	config := project(t, plainConfig)
	if _, err := update(t, config, "--amplify", "none.json", "--yes"); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Error(err)
	}
}
