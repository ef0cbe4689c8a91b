package store

import (
	"bytes"
	"hash/crc32"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

func sealed(body string) []byte {
	text := []byte(sealStart + "00000000" + sealMiddle + body + "}")
	putHex(text[len(sealStart):], crc32.Checksum(text[sealLength:], castagnoli))
	return text
}

func TestEncodeCommitIsReadable(t *testing.T) {
	got := EncodeCommit(&Commit{Seq: 7, Name: "save+outbox", Strict: true, OrderMax: 3,
		Rows:    []Row{{Model: "Post", ID: "1", Order: 3, Base: value(t, `{"id":"1"}`)}},
		Removed: []Key{{"Post", "2"}},
		Mutations: []Mutation{{ID: "m1", Key: Key{"Post", "1"}, Operation: "update", State: Held, NewID: true, Adopted: true, SentElsewhere: true,
			Fields: value(t, `{"a": [1, null]}`), Order: 2, Cause: &Cause{"rejected", `no "x"`}}},
		Ended: []Ended{{MutationID: "m0", Key: Key{"Post", "1"}, Operation: "create", End: Acknowledged,
			Fields: []string{"a", "b"}}},
		Meta:  []MetaEntry{{Key: "cursor/Post", Value: value(t, "null")}, {Key: "gone"}},
		Clear: true})
	const want = `"seq":7,"kind":"local","name":"save+outbox","strict":true,"clear":true,"orderMax":3,` +
		`"rows":[{"model":"Post","id":"1","order":3,"base":{"id":"1"}}],"removed":[{"model":"Post","id":"2"}],` +
		`"mutations":[{"id":"m1","model":"Post","key":"1","operation":"update","state":"held",` +
		`"fields":{"a": [1, null]},"order":2,"newId":true,"adopted":true,"sentElsewhere":true,"cause":{"code":"rejected","message":"no \"x\""}}],` +
		`"ended":[{"id":"m0","model":"Post","key":"1","operation":"create","end":"acknowledged","fields":["a","b"]}],` +
		`"meta":[{"key":"cursor/Post","value":null},{"key":"gone"}]`
	if string(got) != string(sealed(want)) {
		t.Errorf("got %s", got)
	}
	if _, err := record.Parse(got); err != nil {
		t.Error(err)
	}
	back, err := DecodeCommit(got)
	if err != nil || !bytes.Equal(EncodeCommit(back), got) {
		t.Errorf("%v: %+v", err, back)
	}
}

func TestDecodeIgnoresWhatItDoesNotKnow(t *testing.T) {
	c, err := DecodeCommit(sealed(`"later":{"x":[1]},"seq":5,"rows":[{"model":"P","id":"1","base":{},"new":1}],` +
		`"mutations":[{"id":"m","model":"P","flags":[]}],"ended":[{"id":"e","why":"?"}],"meta":7`))
	if err != nil || c.Seq != 5 || len(c.Rows) != 1 || len(c.Mutations) != 1 || len(c.Ended) != 1 || c.Meta != nil {
		t.Errorf("%v %+v", err, c)
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := string(EncodeCommit(&Commit{Seq: 1, Rows: []Row{{Model: "P", ID: "1", Base: value(t, `{}`)}}}))
	for name, text := range map[string]string{
		"nothing":               "",
		"no object":             "null",
		"no checksum":           `{"seq":1,"name":"a rather long name of a commit"}`,
		"another byte":          strings.Replace(good, `"seq":1`, `"seq":2`, 1),
		"another checksum":      good[:9] + "x" + good[10:],
		"a missing end":         good[:len(good)-1],
		"more at the end":       good + " ",
		"a row without a base":  string(sealed(`"rows":[{"model":"P","id":"1"}]`)),
		"a row of no model":     string(sealed(`"rows":[{"id":"1","base":{}}]`)),
		"a base that is a list": string(sealed(`"rows":[{"model":"P","id":"1","base":[]}]`)),
		"a nameless mutation":   string(sealed(`"mutations":[{"model":"P"}]`)),
		"a nameless end":        string(sealed(`"ended":[{}]`)),
	} {
		if c, err := DecodeCommit([]byte(text)); err == nil || AsFault(err).Code != CodeCorrupt {
			t.Errorf("%s: %v %+v", name, err, c)
		}
	}
}

func TestPageKeys(t *testing.T) {
	for _, model := range []string{"Post", "a/b", "日本", ""} {
		if got, number, ok := splitPageKey(pageKey(model, 12)); got != model || number != 12 || !ok {
			t.Errorf("%q: %q %d %v", model, got, number, ok)
		}
	}
	for _, key := range []string{"", "Post", "Post/", "Post/x", "Post/0", "Post/-1", "Post/99999999999999999"} {
		if _, _, ok := splitPageKey(key); ok {
			t.Errorf("%q is no page key", key)
		}
	}
}

func TestCountOfACorruptPage(t *testing.T) {
	page := string(encodePage("P", []pageRow{{seq: 1, id: "1", base: value(t, `{}`)}, {seq: 1, id: "2", base: value(t, `{}`)}}))
	for text, want := range map[string]int{
		page: 2, page[:40]: 2, page[:20]: 0, "": 0, strings.Replace(page, `"count":2`, `"count":x`, 1): 0,
		strings.Replace(page, `"count":2`, `"count":987654321`, 1): 0,
	} {
		if got := countOf([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func FuzzDecodeCommit(f *testing.F) {
	f.Add([]byte(`"seq":7,"rows":[{"model":"Post","id":"1","order":3,"base":{"id":"1"}}],"removed":[{"model":"Post","id":"2"}]`))
	f.Add([]byte(`"mutations":[{"id":"m","model":"P","key":"1","fields":{"a":[{}]},"cause":{"code":"x"},"attempts":3}]`))
	f.Add([]byte(`"ended":[{"id":"m0","fields":["a",1]}],"meta":[{"key":"k","value":{}},3],"clear":true,"orderMax":1e3`))
	f.Add([]byte(`"rows":[{"model":"P","base":{`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := DecodeCommit(body); err == nil {
			t.Error("a text without a checksum was accepted")
		}
		c, err := DecodeCommit(sealed(string(body)))
		if err != nil {
			return
		}
		image := NewImage(nil)
		image.Apply(c)
		if _, err := record.Parse(sealed(string(body))); err != nil {
			return // no writer seals what is not JSON; it is enough that nothing breaks
		}
		text := EncodeCommit(c)
		back, err := DecodeCommit(text)
		if err != nil || !bytes.Equal(EncodeCommit(back), text) {
			t.Errorf("%s became %v", text, err)
		}
	})
}

// TestScanPage: pages are read without a look into their records; those of earlier releases, and with escapes in ids,
// with one.
func TestScanPage(t *testing.T) {
	rows := []pageRow{{seq: 7, order: 12, id: "1", base: value(t, `{"id":"1","a":"]}"}`)},
		{seq: 8, order: 13, id: "ü/2", base: value(t, `{"id":"ü/2"}`)}}
	text := encodePage("Post", rows)
	quick, ok := scanPage(text, "Post")
	if !ok || len(quick) != 2 || quick[1].id != "ü/2" || quick[0].base.String() != rows[0].base.String() || quick[1].order != 13 {
		t.Errorf("%v %+v", ok, quick)
	}
	rows[1].id = `a"b`
	for name, text := range map[string][]byte{
		"an escape":        encodePage("Post", rows),
		"no row":           encodePage("Post", nil),
		"an earlier form":  sealed(`"count":1,"model":"Post","rows":[{"seq":7,"order":12,"id":"1","base":{"id":"1"}}]`),
		"another length":   sealed(`"count":1,"model":"Post","rows":[{"seq":7,"order":12,"id":"1","bytes":9,"base":{"id":"1"}}]`),
		"another count":    sealed(`"count":2,"model":"Post","rows":[{"seq":7,"order":12,"id":"1","bytes":10,"base":{"id":"1"}}]`),
		"a length too far": sealed(`"count":1,"model":"Post","rows":[{"seq":7,"order":12,"id":"1","bytes":900,"base":{"id":"1"}}]`),
	} {
		if _, ok := scanPage(text, "Post"); ok {
			t.Errorf("%s: read without a look into the records", name)
		}
		if model, _, err := decodePage(text); model != "Post" || err != nil {
			t.Errorf("%s: %q %v", name, model, err)
		}
	}
}

func FuzzDecodePage(f *testing.F) {
	f.Add([]byte(`"count":1,"model":"Post","rows":[{"seq":7,"order":12,"id":"1","base":{"id":"1"}}]`))
	f.Add([]byte(`"model":"","rows":[{"id":"1","base":{}},{"id":"1","base":{}}]`))
	f.Add([]byte(`"rows":[{"base":[]}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		countOf(body)
		text := sealed(string(body))
		countOf(text)
		model, rows, err := decodePage(text)
		if err != nil {
			return
		}
		if quick, ok := scanPage(text, model); ok {
			root, _ := unseal(text)
			for n, row := range decodeList(root.Field("rows"), decodePageRow) {
				if got := quick[n]; got.seq != row.seq || got.order != row.order || got.id != row.id ||
					got.base.String() != row.base.String() {
					t.Errorf("row %d of %s is %+v, want %+v", n, text, got, row)
				}
			}
		}
		d := newDirectory()
		d.putPage(model, 1, rows, len(text))
		if d.models[model].dropPage(1); len(d.models[model].pages) != 0 {
			t.Error("the page is still there")
		}
		if _, err := record.Parse(text); err != nil {
			return
		}
		if _, again, err := decodePage(encodePage(model, rows)); err != nil || len(again) != len(rows) {
			t.Errorf("%d rows became %d: %v", len(rows), len(again), err)
		}
	})
}
