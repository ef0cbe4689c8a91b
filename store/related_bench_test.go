package store

import (
	"fmt"
	"testing"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// threads is 10,000 posts of 100 blogs with 100,000 comments.
func threads(b *testing.B) *Image {
	relation := func(name, model, kind, word, field string) string {
		return fmt.Sprintf(`"%s":{"name":"%s","isArray":%v,"type":{"model":"%s"},"isRequired":false,"attributes":[],"association":{"connectionType":"%s","%s":["%s"]}}`,
			name, name, kind == "HAS_MANY", model, kind, word, field)
	}
	model := func(name, fields string) string {
		return fmt.Sprintf(`"%s":{"name":"%s","pluralName":"%ss","syncable":true,"attributes":[{"type":"model","properties":{}}],"fields":{
			"id":{"name":"id","isArray":false,"type":"ID","isRequired":true,"attributes":[]},
			"n":{"name":"n","isArray":false,"type":"Int","isRequired":false,"attributes":[]},%s}}`, name, name, name, fields)
	}
	s, err := schema.Load([]byte(`{"version":"1","codegenVersion":"3.4.4","enums":{},"nonModels":{},"models":{` +
		model("Blog", relation("posts", "Post", "HAS_MANY", "associatedWith", "blog")) + "," +
		model("Post", relation("blog", "Blog", "BELONGS_TO", "targetNames", "blogId")+","+relation("comments", "Comment", "HAS_MANY", "associatedWith", "post")) + "," +
		model("Comment", relation("post", "Post", "BELONGS_TO", "targetNames", "postId")) + `}}`))
	if err != nil {
		b.Fatal(err)
	}
	image := NewImage(s)
	order := uint64(0)
	put := func(model, id, parent string, n int) {
		order++
		image.putRow(Row{Model: model, ID: id, Order: order, Base: record.TrustString(fmt.Sprintf(`{"id":"%s","n":%d%s}`, id, n, parent))})
	}
	for n := range 100 {
		put("Blog", fmt.Sprint("b", n), "", n)
	}
	for n := range 10_000 {
		put("Post", fmt.Sprint("p", n), fmt.Sprintf(`,"blogId":"b%d"`, n%100), n%1000)
	}
	for n := range 100_000 {
		put("Comment", fmt.Sprint("c", n), fmt.Sprintf(`,"postId":"p%d"`, n%10_000), n%1000)
	}
	return image
}

func BenchmarkRelated(b *testing.B) {
	image := threads(b)
	for _, c := range []struct{ model, filter string }{
		{"Post", `{"blog":{"n":{"eq":7}}}`},
		{"Post", `{"comments":{"n":{"eq":7}}}`},
		{"Post", `{"comments":{"n":{"ge":1}}}`},
		{"Comment", `{"post":{"blog":{"n":{"eq":7}}}}`},
		{"Comment", `{"post":{"blog":{"n":{"ge":7}}}}`},
		{"Comment", `{"and":[{"postId":{"eq":"p5"}},{"post":{"blog":{"n":{"eq":5}}}}]}`},
		{"Blog", `{"posts":{"comments":{"n":{"eq":7}}}}`},
	} {
		p, err := query.ParseRelated(image.schema, image.schema.Model(c.model), record.TrustString(c.filter))
		if err != nil {
			b.Fatal(err)
		}
		found := len(image.Select(c.model, p, nil, query.Page{}))
		b.Run(fmt.Sprintf("%s %s finds %d", c.model, c.filter, found), func(b *testing.B) {
			for b.Loop() {
				image.Select(c.model, p, nil, query.Page{})
			}
		})
	}
}
