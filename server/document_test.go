package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
)

// TestCachedDocuments: the cache keeps what fits by count and by size, the latest used, and forgets
// one more.
func TestCachedDocuments(t *testing.T) {
	kept := func(text func(i int) string, n int) (first, last bool) {
		d := &newDocuments(nil, nil).valid
		for i := range n {
			d.put(text(i), &ast.QueryDocument{}, len(text(i)))
		}
		_, first = d.get(text(0))
		_, last = d.get(text(n - 1))
		return first, last
	}
	small := func(i int) string { return fmt.Sprint(i) }
	const each = CachedDocumentBytesMax / 40
	large := func(i int) string {
		text := fmt.Sprint(i)
		return text + strings.Repeat(" ", each-len(text))
	}
	for _, one := range []struct {
		name string
		text func(i int) string
		most int
	}{{"documents", small, CachedDocumentsMax}, {"bytes", large, 40}} {
		if first, last := kept(one.text, one.most); !first || !last {
			t.Errorf("%s: of %d the first is kept %v, the last %v", one.name, one.most, first, last)
		}
		if first, last := kept(one.text, one.most+1); first || !last {
			t.Errorf("%s: of %d the first is kept %v, the last %v", one.name, one.most+1, first, last)
		}
	}
	d := &newDocuments(nil, nil).valid
	for i := range CachedDocumentsMax {
		d.put(small(i), &ast.QueryDocument{}, 1)
	}
	d.get(small(0))
	d.put("one more", &ast.QueryDocument{}, 1)
	_, used := d.get(small(0))
	if _, forgotten := d.get(small(1)); !used || forgotten {
		t.Error("not the one that was used longest ago is forgotten")
	}
}
