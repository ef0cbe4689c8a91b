package conflict

import (
	"slices"
	"testing"
)

// TestAutomergeVectors holds the worked results of AppSync's manual (its set is a list here: GraphQL
// schemas make no sets) and the cases C1 to C9 of docs/protocol.md#automerge.
func TestAutomergeVectors(t *testing.T) {
	_, m := todo()
	cases := []struct {
		name, stored, input, row string
		rejected                 []string
	}{
		{"4.1 no. 1", `{"name":"Nadia","jersey":5}`, `{"jersey":55}`, `{"name":"Nadia","jersey":5}`, []string{"jersey"}},
		{"4.1 no. 2", `{"name":"Nadia","jersey":5}`, `{"name":"Shaggy","int":["breakfast"],"pts":[24,30,27]}`,
			`{"name":"Nadia","jersey":5,"int":["breakfast"],"pts":[24,30,27]}`, []string{"name"}},
		{"4.1 no. 3", `{"name":"Nadia","pts":[24,30,27]}`, `{"pts":[30,35]}`, `{"name":"Nadia","pts":[24,30,27,30,35]}`, nil},
		{"4.1 no. 4", `{"stats":{"ppg":35.4,"apg":6.3}}`, `{"stats":{"ppg":25.7,"rpg":6.9}}`,
			`{"stats":{"ppg":35.4,"apg":6.3,"rpg":6.9}}`, []string{"stats"}},
		{"C1", `{"id":"a","title":"t","count":5}`, `{"id":"a","count":55}`, `{"id":"a","title":"t","count":5}`, []string{"count"}},
		{"C2", `{"id":"a","title":"t","note":null}`, `{"title":"x","note":"n","tags":["p"]}`,
			`{"id":"a","title":"t","note":"n","tags":["p"]}`, []string{"title"}},
		{"C3", `{"tags":["p"]}`, `{"tags":["p","q"]}`, `{"tags":["p","p","q"]}`, nil},
		{"C5", `{"addr":{"street":"s"}}`, `{"addr":{"street":"z","city":"c"}}`,
			`{"addr":{"street":"s","city":"c"}}`, []string{"addr"}},
		{"C6", `{"note":"x"}`, `{"note":null}`, `{"note":"x"}`, []string{"note"}},
		{"C7", `{"title":"t"}`, `{"title":"u"}`, `{"title":"t"}`, []string{"title"}},
		{"C9", `{"meta":"{\"a\":1}"}`, `{"meta":"{\"a\":2,\"b\":3}"}`, `{"meta":"{\"a\":1,\"b\":3}"}`, []string{"meta"}},
		{"AWSJSON lists append", `{"meta":"[1]"}`, `{"meta":"[1, 2]"}`, `{"meta":"[1,1,2]"}`, nil},
		{"AWSJSON keeps its spelling when nothing goes in", `{"meta":"{ \"a\": 1 }"}`, `{"meta":"{\"a\":1}"}`, `{"meta":"{ \"a\": 1 }"}`, nil},
		{"AWSJSON null inside counts as null", `{"meta":"null"}`, `{"meta":"7"}`, `{"meta":"7"}`, nil},
		{"AWSJSON that is no JSON", `{"meta":"{a"}`, `{"meta":"{}"}`, `{"meta":"{a"}`, []string{"meta"}},
		{"AWSJSON against null", `{"meta":"{}"}`, `{"meta":null}`, `{"meta":"{}"}`, []string{"meta"}},
		{"a list of AWSJSON is a list", `{"notes":["1"]}`, `{"notes":["2"]}`, `{"notes":["1","2"]}`, nil},
		{"types that differ", `{"tags":["p"],"addr":{"city":"c"}}`, `{"tags":"p","addr":"c"}`,
			`{"tags":["p"],"addr":{"city":"c"}}`, []string{"tags", "addr"}},
		{"maps in maps", `{"addr":{"inner":{"city":"c"}}}`, `{"addr":{"inner":{"city":"d","street":"s"}}}`,
			`{"addr":{"inner":{"city":"c","street":"s"}}}`, []string{"addr"}},
		{"null inside a map is filled, null against a value is not", `{"addr":{"city":null,"street":"s"}}`,
			`{"addr":{"city":"c","street":null}}`, `{"addr":{"city":"c","street":"s"}}`, []string{"addr"}},
		{"AWSJSON in an embedded type", `{"addr":{"extra":"{\"a\":1}"}}`, `{"addr":{"extra":"{\"b\":1}"}}`, `{"addr":{"extra":"{\"a\":1,\"b\":1}"}}`, nil},
		{"lists of maps append", `{"list":[{"a":1}]}`, `{"list":[{"a":2}]}`, `{"list":[{"a":1},{"a":2}]}`, nil},
		{"updatedAt stays and is not reported", `{"updatedAt":"1"}`, `{"updatedAt":"2"}`, `{"updatedAt":"1"}`, nil},
		{"key and metadata are not merged", `{"id":"a","_version":3}`, `{"id":"b","_version":9,"_deleted":true}`, `{"id":"a","_version":3}`, nil},
		{"an equal scalar is not rejected", `{"count":1}`, `{"count":1.0}`, `{"count":1}`, nil},
	}
	for _, c := range cases {
		row, rejected := Merge(m, value(t, c.stored), value(t, c.input))
		wantText(t, c.name, row, c.row)
		if !slices.Equal(rejected, c.rejected) {
			t.Errorf("%s: rejected %v, want %v", c.name, rejected, c.rejected)
		}
	}
}
