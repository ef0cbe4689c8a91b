package conflict

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/deltabase/deltabase/record"
)

// reference is AUTOMERGE written as the protocol states it, over decoded values.
func reference(stored, input any) any {
	if stored == nil {
		return input
	}
	switch in := input.(type) {
	case []any:
		if s, ok := stored.([]any); ok {
			return append(append([]any{}, s...), in...)
		}
	case map[string]any:
		if s, ok := stored.(map[string]any); ok {
			merged := map[string]any{}
			for name, v := range s {
				merged[name] = v
			}
			for name, v := range in {
				merged[name] = reference(s[name], v)
			}
			return merged
		}
	}
	return stored
}

// referenceRow knows the one AWSJSON field, the key and the metadata.
func referenceRow(stored, input map[string]any) map[string]any {
	row := map[string]any{}
	for name, v := range stored {
		row[name] = v
	}
	for name, v := range input {
		if name == "id" || isMeta(name) {
			continue
		}
		if name == "meta" && row[name] != nil {
			row[name] = referenceJSON(row[name], v)
			continue
		}
		row[name] = reference(row[name], v)
	}
	return row
}

func referenceJSON(stored, input any) any {
	decode := func(v any) (any, bool) {
		if text, ok := v.(string); ok {
			inside, err := record.Parse([]byte(text))
			if err != nil {
				return nil, false
			}
			return decoded(inside), true
		}
		return v, v != nil
	}
	inside, ok := decode(stored)
	other, ok2 := decode(input)
	if !ok || !ok2 {
		return stored
	}
	return map[string]any{"inside": reference(inside, other)}
}

func decoded(v record.Value) any {
	var out any
	d := json.NewDecoder(bytes.NewReader(v.Text()))
	if err := d.Decode(&out); err != nil {
		return string(v.Text()) // a number beyond float64
	}
	return out
}

func FuzzMerge(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"id":"a","title":"t","tags":[1],"addr":{"city":"c"}}`, `{"id":"a","title":"u","tags":[2],"addr":{"city":"d","x":null}}`},
		{`{"meta":"{\"a\":[1]}"}`, `{"meta":"{\"a\":[2],\"b\":{}}"}`},
		{`{"meta":"[]","note":null}`, `{"meta":"7","note":[null]}`},
		{`{"a":{"b":{"c":1}}}`, `{"a":{"b":{"c":2,"d":[{}]}},"_version":4}`},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	_, m := todo()
	f.Fuzz(func(t *testing.T, a, b []byte) {
		stored, err := record.Parse(a)
		input, err2 := record.Parse(b)
		if err != nil || err2 != nil || stored.Kind() != record.Object || input.Kind() != record.Object {
			return
		}
		s, ok := decoded(stored).(map[string]any)
		in, ok2 := decoded(input).(map[string]any)
		if !ok || !ok2 {
			return
		}
		row, _ := Merge(m, stored, input)
		if _, err := record.Parse(row.Text()); err != nil {
			t.Fatalf("not JSON: %s: %v", row.Text(), err)
		}
		got, _ := decoded(row).(map[string]any)
		want := referenceRow(s, in)
		if wrapped, ok := want["meta"].(map[string]any); ok && s["meta"] != nil && in["meta"] != nil {
			if inside, ok := wrapped["inside"]; ok && len(wrapped) == 1 {
				want["meta"] = inside
				got["meta"] = decoded(insideOf(row.Field("meta")))
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("stored %s\ninput %s\n got %v\nwant %v", a, b, got, want)
		}
	})
}

func insideOf(v record.Value) record.Value {
	inside, _ := jsonInside(v)
	return inside
}
