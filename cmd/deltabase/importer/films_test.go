package importer

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
)

const (
	moviesFile = "../../../node_modules/vega-datasets/data/movies.json"
	filmSchema = "../../../test/fixtures/film.graphql"
	filmCount  = 3201
)

// movies is the text of movies.json and the options for the film schema.
func movies(t *testing.T) ([]byte, Options) {
	t.Helper()
	text, err := os.ReadFile(moviesFile)
	if err != nil {
		t.Skip("the films of vega-datasets are not installed: run npm ci")
	}
	sdl, err := os.ReadFile(filmSchema)
	if err != nil {
		t.Fatal(err)
	}
	s := parse(t, string(sdl))
	return text, Options{Schema: s, Model: s.Model("Film")}
}

func TestFilmsCoerced(t *testing.T) {
	text, o := movies(t)
	o.Coerce = true
	plan, err := Read("movies.json", text, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(plan.Records) != filmCount || plan.SkippedCount != 0 {
		t.Fatalf("%d records, %d skipped", len(plan.Records), plan.SkippedCount)
	}
	var rows []map[string]any
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		rec := plan.Records[i].Value
		for column, value := range row {
			got := rec.Field(camelCase(column))
			switch value := value.(type) {
			case nil:
				if got.Exists() {
					t.Fatalf("index %d: %s is %s", i, column, got)
				}
			case float64:
				if column == "Title" && got.Str() == "" || column != "Title" && got.Float() != value {
					t.Fatalf("index %d: %s is %s, not %v", i, column, got, value)
				}
			case string:
				if got.Str() != value {
					t.Fatalf("index %d: %s is %s, not %q", i, column, got, value)
				}
			}
		}
	}
}

func TestFilmsRefused(t *testing.T) {
	text, o := movies(t)
	var rows []struct{ Title any }
	if err := json.Unmarshal(text, &rows); err != nil {
		t.Fatal(err)
	}
	_, err := Read("movies.json", text, o)
	var refused *Refused
	if !errors.As(err, &refused) {
		t.Fatalf("not refused: %v", err)
	}
	named := map[string]bool{}
	for _, bad := range refused.Rows {
		named[bad.Where] = true
		if !strings.Contains(bad.Reason, "Field title should be of type string, number received.") {
			t.Errorf("%s: %s", bad.Where, bad.Reason)
		}
	}
	numbers := 0
	for i, row := range rows {
		_, number := row.Title.(float64)
		if number {
			numbers++
		}
		if number != named["index "+itoa(i)] {
			t.Errorf("index %d: title %v, refused %v", i, row.Title, !number)
		}
	}
	if numbers != 9 || refused.RowCount != numbers {
		t.Errorf("%d titles are numbers, %d rows are refused", numbers, refused.RowCount)
	}
	o.SkipBad = true
	plan, err := Read("movies.json", text, o)
	if err != nil || len(plan.Records) != filmCount-numbers || plan.SkippedCount != numbers {
		t.Errorf("--skip-bad: %v", err)
	}
}
