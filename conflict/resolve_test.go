package conflict

import (
	"slices"
	"testing"
)

func TestResolve(t *testing.T) {
	_, m := todo()
	const remote = `{"id":"a","title":"theirs","note":"n","count":5,"meta":"{\"a\":1}","_version":9,"_lastChangedAt":1,"_deleted":null}`
	const tomb = `{"id":"a","title":"theirs","_version":9,"_deleted":true}`
	const update = `{"title":"mine"}`
	cases := []struct {
		name                 string
		op                   Operation
		local, remote, model string
		decision             Decision
		want                 Resend
		fields, reason       string
	}{
		{"remote wins", Update, update, remote, "", ApplyRemote, Resend{None: true}, "null", ""},
		{"an unknown decision is remote's", Update, update, remote, "", "later", Resend{None: true}, "null", ""},
		{"local on top of remote, nothing else", Update, `{"id":"a","title":"mine","note":null,"_version":3,"updatedAt":"x"}`, remote, "", RetryLocal,
			Resend{Operation: Update, Version: 9}, `{"title":"mine","note":null}`, ""},
		{"the model's differences", Update, update, remote, `{"id":"a","title":"both","note":"n","count":5.0,"meta":"{ \"a\":1}","tags":null,"_version":9,"updatedAt":"now","other":1}`, RetryModel,
			Resend{Operation: Update, Version: 9}, `{"title":"both"}`, ""},
		{"a model equal to remote", Update, update, remote, remote, RetryModel, Resend{None: true}, "null", ""},
		{"a create over an existing row updates it", Create, `{"id":"a","title":"mine","createdAt":null}`, remote, "", RetryLocal,
			Resend{Operation: Update, Version: 9}, `{"title":"mine"}`, ""},
		{"a create of nothing but a key", Create, `{"id":"a"}`, remote, "", RetryLocal, Resend{None: true}, "null", ""},
		{"a delete again", Delete, `{"id":"a"}`, remote, "", RetryLocal, Resend{Operation: Delete, Version: 9}, `{"id":"a"}`, ""},
		{"a delete stays one, whatever the model", Delete, `{"id":"a"}`, remote, `{"id":"a","count":6}`, RetryModel, Resend{Operation: Delete, Version: 9}, `{"id":"a"}`, ""},
		{"a delete stays one, with the remote model", Delete, `{"id":"a"}`, remote, remote, RetryModel, Resend{Operation: Delete, Version: 9}, `{"id":"a"}`, ""},
		{"a delete of a tombstone with a model", Delete, `{"id":"a"}`, tomb, tomb, RetryModel, Resend{Operation: Delete, Version: 9}, `{"id":"a"}`, ""},
		{"remote wins over a delete", Delete, `{"id":"a"}`, remote, "", ApplyRemote, Resend{None: true}, "null", ""},
		{"update of a tombstone", Update, update, tomb, "", RetryLocal, Resend{None: true}, "null", ReasonTombstone},
		{"model on a tombstone", Update, update, tomb, `{"title":"x"}`, RetryModel, Resend{None: true}, "null", ReasonTombstone},
		{"create on a tombstone", Create, update, tomb, "", RetryLocal, Resend{None: true}, "null", ReasonTombstone},
		{"delete of a tombstone", Delete, `{"id":"a"}`, tomb, "", RetryLocal, Resend{Operation: Delete, Version: 9}, `{"id":"a"}`, ""},
		{"a tombstone and remote wins", Update, update, tomb, "", ApplyRemote, Resend{None: true}, "null", ""},
		{"update of nothing", Update, update, "", "", RetryLocal, Resend{None: true}, "null", ReasonAbsent},
		{"delete of nothing", Delete, `{"id":"a"}`, "null", "", RetryLocal, Resend{None: true}, "null", ""},
		{"create of nothing", Create, `{"id":"a","title":"mine"}`, "", "", RetryLocal, Resend{Operation: Create}, `{"id":"a","title":"mine"}`, ""},
	}
	for _, c := range cases {
		got, reason := Resolve(m, c.op, value(t, c.local), value(t, c.remote), c.decision, value(t, c.model))
		wantText(t, c.name, got.Fields, c.fields)
		if got.Operation != c.want.Operation || got.Version != c.want.Version || got.None != c.want.None || reason != c.reason {
			t.Errorf("%s: %+v, reason %q", c.name, got, reason)
		}
	}
}

func TestSuperseded(t *testing.T) {
	_, m := todo()
	cases := []struct {
		name, sent, base, returned string
		resend, lost               []string
	}{
		{"taken as sent", `{"title":"u","count":1}`, `{"title":"t"}`, `{"title":"u","count":1.0,"_version":5}`, nil, nil},
		{"null equals missing", `{"note":null}`, `{"note":"x"}`, `{"title":"t"}`, nil, nil},
		{"refused for the version alone", `{"title":"u"}`, `{"title":"t"}`, `{"title":"t"}`, []string{"title"}, nil},
		{"somebody else's value", `{"title":"u"}`, `{"title":"t"}`, `{"title":"v"}`, nil, []string{"title"}},
		{"both", `{"title":"u","count":2}`, `{"title":"t","count":1}`, `{"title":"t","count":7}`, []string{"title"}, []string{"count"}},
		{"a null refused for the version alone (C6)", `{"note":null}`, `{"note":"x"}`, `{"note":"x"}`, []string{"note"}, nil},
		{"a list doubled over base's (C3)", `{"tags":["p","q"]}`, `{"tags":["p"]}`, `{"tags":["p","p","q"]}`, []string{"tags"}, nil},
		{"a list appended to somebody else's", `{"tags":["p","q"]}`, `{"tags":["p"]}`, `{"tags":["p","o","p","q"]}`, nil, []string{"tags"}},
		{"a map merged into base's (C5)", `{"addr":{"street":"z","city":"c"}}`, `{"addr":{"street":"s"}}`, `{"addr":{"street":"s","city":"c"}}`, []string{"addr"}, nil},
		{"a map merged into somebody else's", `{"addr":{"street":"z"}}`, `{"addr":{"street":"s"}}`, `{"addr":{"street":"s","city":"e"}}`, nil, []string{"addr"}},
		{"AWSJSON in another spelling", `{"meta":"{\"a\":1,\"b\":[2]}"}`, `{}`, `{"meta":"{\"b\": [2], \"a\": 1.0}"}`, nil, nil},
		{"AWSJSON sent as a value", `{"meta":{"a":1}}`, `{}`, `{"meta":"{\"a\":1}"}`, nil, nil},
		{"AWSJSON that differs", `{"meta":"{\"a\":1}"}`, `{}`, `{"meta":"{\"a\":2}"}`, nil, []string{"meta"}},
		{"AWSJSON in an embedded type, spelled otherwise", `{"addr":{"extra":"{\"a\":1}","city":null}}`, `{}`, `{"addr":{"extra":"{ \"a\": 1.0 }"}}`, nil, nil},
		{"AWSJSON in an embedded type that differs", `{"addr":{"extra":"{\"a\":1}"}}`, `{}`, `{"addr":{"extra":"{\"a\":2}"}}`, nil, []string{"addr"}},
		{"AWSJSON merged into an embedded type of base's", `{"addr":{"extra":"{\"b\":2}"}}`, `{"addr":{"extra":"{\"a\":1}"}}`,
			`{"addr":{"extra":"{\"a\":1,\"b\":2}"}}`, []string{"addr"}, nil},
		{"an embedded type against something else", `{"addr":{"city":"c"}}`, `{}`, `{"addr":"c"}`, nil, []string{"addr"}},
		{"AWSJSON that is no JSON", `{"meta":"{a"}`, `{}`, `{"meta":"{}"}`, nil, []string{"meta"}},
		{"lists of AWSJSON", `{"notes":["1","[2 ]"]}`, `{}`, `{"notes":["1.0","[2]"]}`, nil, nil},
		{"lists of AWSJSON, longer", `{"notes":["1"]}`, `{}`, `{"notes":["1","2"]}`, nil, []string{"notes"}},
		{"lists of AWSJSON, shorter", `{"notes":["1","2"]}`, `{}`, `{"notes":["1"]}`, nil, []string{"notes"}},
		{"a list against something else", `{"notes":["1"]}`, `{}`, `{"notes":"1"}`, nil, []string{"notes"}},
		{"an ID written as a number", `{"parentId":5}`, `{}`, `{"parentId":"5"}`, nil, nil},
		{"another ID", `{"parentId":5}`, `{"parentId":"4"}`, `{"parentId":"6"}`, nil, []string{"parentId"}},
		{"dates are text", `{"due":"2024-05-01T10:20:30Z"}`, `{}`, `{"due":"2024-05-01T10:20:30.000Z"}`, nil, []string{"due"}},
		{"timestamps, key and metadata don't count", `{"id":"a","createdAt":"1","updatedAt":"1","_version":3,"_deleted":true}`, `{}`, `{"id":"b","createdAt":"2","updatedAt":"2","_version":4}`, nil, nil},
		{"without a base all is lost", `{"title":"u"}`, ``, `{"title":"t"}`, nil, []string{"title"}},
		{"a field that the schema does not know", `{"x":1}`, `{"x":0}`, `{"x":2}`, nil, []string{"x"}},
	}
	for _, c := range cases {
		resend, lost := Superseded(m, value(t, c.sent), value(t, c.base), value(t, c.returned))
		if !slices.Equal(resend, c.resend) || !slices.Equal(lost, c.lost) {
			t.Errorf("%s: resend %v, lost %v", c.name, resend, lost)
		}
	}
}
