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
		d := &documents{}
		for i := range n {
			d.keep(text(i), &ast.QueryDocument{}, len(text(i)))
		}
		return d.cached(text(0)) != nil, d.cached(text(n-1)) != nil
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
	d := &documents{}
	for i := range CachedDocumentsMax {
		d.keep(small(i), &ast.QueryDocument{}, 1)
	}
	d.cached(small(0))
	d.keep("one more", &ast.QueryDocument{}, 1)
	if d.cached(small(0)) == nil || d.cached(small(1)) != nil {
		t.Error("not the one that was used longest ago is forgotten")
	}
}
