package server_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// rows creates many records: "Blog 150".
func (w *world) rows(rest string) {
	w.t.Helper()
	var model string
	var count int
	if _, err := fmt.Sscan(rest, &model, &count); err != nil {
		w.t.Fatal(err)
	}
	for from := 0; from < count; from += 50 {
		document := "mutation {"
		for i := from; i < min(from+50, count); i++ {
			document += fmt.Sprintf(` r%d: create%s(input: {id: "r%03d", name: "n"}) { id }`, i, model, i)
		}
		answer := w.send(document + " }")
		if strings.Contains(answer, "errors") {
			w.t.Fatal(answer)
		}
	}
}

// pages follows a query whose variable t is the nextToken, and tells the sizes of the pages.
func (w *world) pages(document string) {
	w.t.Helper()
	seen := map[string]bool{}
	began := ""
	for token := "null"; token != ""; {
		w.vars = `{"t": ` + token + `}`
		answer := record.TrustString(w.send(document))
		var page record.Value
		answer.Field("data").Fields(func(_ string, v record.Value) bool {
			page = v
			return false
		})
		page.Field("items").Elements(func(_ int, row record.Value) bool {
			seen[row.Field("id").Str()] = true
			return true
		})
		next, startedAt := page.Field("nextToken"), page.Field("startedAt").String()
		if !next.Exists() || began != "" && startedAt != began {
			w.t.Fatalf("no nextToken, or another startedAt than %s: %s", began, answer.Text())
		}
		fmt.Fprintf(&w.out, "%d rows, %d in all\n", page.Field("items").Len(), len(seen))
		began, token = startedAt, ""
		if !next.IsNull() {
			token = next.String()
		}
	}
}

func (w *world) send(document string) string {
	body := `{"query":` + strconv.Quote(document)
	if w.vars != "" {
		body += `,"variables":` + w.vars
	}
	w.vars = ""
	return string(w.server.Handle(w.call(), w.credentials(), []byte(body+"}")).Body)
}
