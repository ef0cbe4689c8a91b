package query

import "testing"

func TestServerComparesAsDynamoDB(t *testing.T) {
	check(t, Server, []match{
		// A missing field: only the negative operators hold.
		{`{"year":{"eq":1}}`, `{}`, false},
		{`{"year":{"ne":1}}`, `{}`, true},
		{`{"year":{"lt":1}}`, `{}`, false},
		{`{"year":{"le":1}}`, `{"year":null}`, false},
		{`{"year":{"gt":-1}}`, `{}`, false},
		{`{"year":{"ge":-1}}`, `{}`, false},
		{`{"year":{"between":[-1,1]}}`, `{}`, false},
		{`{"title":{"contains":"a"}}`, `{}`, false},
		{`{"title":{"notContains":"a"}}`, `{}`, true},
		{`{"title":{"beginsWith":"a"}}`, `{}`, false},
		{`{"title":{"in":["a"]}}`, `{}`, false},
		{`{"title":{"notIn":["a"]}}`, `{}`, true},
		{`{"_deleted":{"ne":true}}`, `{"_deleted":null}`, true},
		{`{"_deleted":{"ne":true}}`, `{"_deleted":true}`, false},
		{`{"title":{"eq":null}}`, `{}`, true},
		{`{"title":{"eq":null}}`, `{"title":null}`, true},
		{`{"title":{"ne":null}}`, `{}`, false},
		{`{"title":{"lt":null}}`, `{"title":"a"}`, false},
		{`{"title":{"contains":null}}`, `{"title":"null"}`, false},
		{`{"title":{"beginsWith":null}}`, `{"title":"null"}`, false},
		// Another type than the operand's.
		{`{"year":{"eq":1}}`, `{"year":"1"}`, false},
		{`{"year":{"ne":1}}`, `{"year":"1"}`, true},
		{`{"year":{"lt":5}}`, `{"year":"1"}`, false},
		{`{"title":{"contains":"a"}}`, `{"title":{"a":1}}`, false},
		{`{"title":{"beginsWith":"a"}}`, `{"title":["a"]}`, false},
		{`{"seen":{"lt":true}}`, `{"seen":false}`, false},
		// Order.
		{`{"year":{"between":[1,3]}}`, `{"year":3}`, true},
		{`{"year":{"between":[1,3]}}`, `{"year":4}`, false},
		{`{"rating":{"gt":7.5}}`, `{"rating":7.50001}`, true},
		{`{"title":{"between":["a","c"]}}`, `{"title":"b"}`, true},
		{`{"title":{"ge":"a"}}`, `{"title":"a"}`, true},
		{`{"title":{"le":"a"}}`, `{"title":"b"}`, false},
		// Membership and parts.
		{`{"title":{"contains":"b"}}`, `{"title":"abc"}`, true},
		{`{"tags":{"contains":"b"}}`, `{"tags":["a","b"]}`, true},
		{`{"tags":{"contains":"b"}}`, `{"tags":["ab"]}`, false},
		{`{"scores":{"contains":2}}`, `{"scores":[2]}`, true},
		{`{"moods":{"eq":["A","B"]}}`, `{"moods":["A","B"]}`, true},
		{`{"moods":{"ne":["A"]}}`, `{"moods":["A","B"]}`, true},
		{`{"genre":{"in":["A","B"]}}`, `{"genre":"B"}`, true},
		{`{"owner":{"contains":"bob"}}`, `{"owner":["bob"]}`, true},
		{`{"id":{"eq":5}}`, `{"id":"5"}`, true},
		{`{"at":{"gt":1714558830123}}`, `{"at":1714558830124}`, true},
	})
}

func TestServerLooksAtExistenceTypeAndSize(t *testing.T) {
	check(t, Server, []match{
		{`{"title":{"attributeExists":true}}`, `{}`, false},
		{`{"title":{"attributeExists":true}}`, `{"title":null}`, true},
		{`{"title":{"attributeExists":true}}`, `{"title":"x"}`, true},
		{`{"title":{"attributeExists":false}}`, `{}`, true},
		{`{"title":{"attributeExists":false}}`, `{"title":null}`, false},
		{`{"_deleted":{"attributeExists":false}}`, `{"_deleted":null}`, true},
		{`{"_deleted":{"attributeExists":true}}`, `{"_deleted":true}`, true},
		{`{"title":{"attributeType":"_null"}}`, `{"title":null}`, true},
		{`{"title":{"attributeType":"_null"}}`, `{}`, false},
		{`{"title":{"attributeType":"string"}}`, `{"title":"x"}`, true},
		{`{"title":{"attributeType":"number"}}`, `{"title":"x"}`, false},
		{`{"year":{"attributeType":"number"}}`, `{"year":1}`, true},
		{`{"seen":{"attributeType":"bool"}}`, `{"seen":false}`, true},
		{`{"tags":{"attributeType":"list"}}`, `{"tags":[]}`, true},
		{`{"owner":{"attributeType":"map"}}`, `{"owner":{}}`, true},
		{`{"title":{"attributeType":"stringSet"}}`, `{}`, false},
		{`{"title":{"size":{"eq":2}}}`, `{"title":"ü"}`, true},
		{`{"title":{"size":{"gt":1,"lt":3}}}`, `{"title":"ab"}`, true},
		{`{"title":{"size":{"gt":1,"lt":3}}}`, `{"title":"abc"}`, false},
		{`{"title":{"size":{"between":[1,2]}}}`, `{"title":"ab"}`, true},
		{`{"title":{"size":{"ne":1}}}`, `{}`, false},
		{`{"title":{"size":{}}}`, `{"title":"a"}`, true},
		{`{"tags":{"size":{"le":2}}}`, `{"tags":["a","b"]}`, true},
		{`{"owner":{"size":{"ge":1}}}`, `{"owner":{"a":1}}`, true},
		// not is the opposite of the result.
		{`{"not":{"year":{"lt":5}}}`, `{}`, true},
		{`{"not":{"not":{"year":{"lt":5}}}}`, `{}`, false},
		{`{"not":{"title":{"beginsWith":"a"},"year":{"eq":1}}}`, `{"title":"a","year":2}`, true},
	})
}

func TestOrderOfTexts(t *testing.T) {
	const emoji, wide = `"\ud83d\ude00"`, `"\uff5e"` // U+1F600 and U+FF5E
	check(t, Client, []match{
		{`{"title":{"lt":` + wide + `}}`, `{"title":` + emoji + `}`, true},
		{`{"title":{"gt":` + emoji + `}}`, `{"title":` + wide + `}`, true},
		{`{"title":{"lt":"aa"}}`, `{"title":"a"}`, true},
		{`{"title":{"lt":"é"}}`, `{"title":"z"}`, true},
	})
	check(t, Server, []match{
		{`{"title":{"gt":` + wide + `}}`, `{"title":` + emoji + `}`, true},
		{`{"title":{"lt":` + emoji + `}}`, `{"title":` + wide + `}`, true},
	})
}
