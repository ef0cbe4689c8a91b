package sync_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/schema"
)

// manyModels is a schema of n small models, M001 and so on.
func manyModels(t *testing.T, n int) *schema.Schema {
	t.Helper()
	var models []string
	for i := range n {
		name := fmt.Sprintf("M%03d", i+1)
		models = append(models, fmt.Sprintf(`%q:{"name":%q,"pluralName":"%ss","syncable":true,"attributes":[{"type":"model","properties":{}}],
			"fields":{"id":{"name":"id","isArray":false,"type":"ID","isRequired":true},
			"title":{"name":"title","isArray":false,"type":"String","isRequired":true}}}`, name, name, name))
	}
	s, err := schema.Load([]byte(`{"version":"many","codegenVersion":"3.4.4","enums":{},"nonModels":{},"models":{` +
		strings.Join(models, ",") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestManyModelsOnAppSync keeps AppSync's limit of a connection: as many whole models listen as it
// carries, the others are polled, and that is told once.
func TestManyModelsOnAppSync(t *testing.T) {
	for models, listening := range map[int]int{66: 198, 67: 198, 300: 198} {
		h := newHost(manyModels(t, models))
		for _, line := range []string{"plain", "join A", `configure A {"endpoint":"https://api.test/graphql","apiKey":"k"}`,
			"start A", "connect", "serve"} {
			if err := h.command(line); err != nil {
				t.Fatal(line, err)
			}
			settle()
		}
		told := countPrefix(h.lines, "report ")
		if len(h.subs) != listening || told != min(models-66, 1) {
			t.Errorf("%d models: %d subscriptions, told %d times\n%s", models, len(h.subs), told, strings.Join(h.lines, "\n"))
		}
		h.lines = nil
		for _, line := range []string{"others M" + fmt.Sprintf("%03d", models) + ` create {"id":"x","title":"unheard"}`,
			"wait 10000", "serve", "query A M" + fmt.Sprintf("%03d", models)} {
			if err := h.command(line); err != nil {
				t.Fatal(line, err)
			}
			settle()
		}
		if !slices.ContainsFunc(h.lines, func(l string) bool { return strings.Contains(l, `reply A [{"id":"x"`) }) {
			t.Errorf("%d models: the last one hears nothing", models)
		}
		if pulls := countPrefix(h.lines, "send pull"); pulls != models-66 {
			t.Errorf("%d models: %d were polled", models, pulls)
		}
	}
}

func countPrefix(lines []string, prefix string) (n int) {
	for _, line := range lines {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}
