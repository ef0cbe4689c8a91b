package query

import "testing"

// TestClientComparesAsJavaScript: the results are those of the expressions in a JavaScript shell.
func TestClientComparesAsJavaScript(t *testing.T) {
	check(t, Client, []match{
		{`{"year":{"gt":-1}}`, `{"year":null}`, true},
		{`{"year":{"le":5}}`, `{"year":null}`, true},
		{`{"year":{"le":5}}`, `{}`, true},
		{`{"year":{"gt":0}}`, `{"year":null}`, false},
		{`{"year":{"ge":null}}`, `{"year":0}`, true},
		{`{"year":{"lt":null}}`, `{"year":-1}`, true},
		{`{"year":{"between":[-1,1]}}`, `{"year":null}`, true},
		{`{"year":{"between":[1,3]}}`, `{"year":1}`, true},
		{`{"year":{"between":[1,3]}}`, `{"year":3.0}`, true},
		{`{"year":{"between":[1,3]}}`, `{"year":3.1}`, false},
		{`{"title":{"between":["b","d"]}}`, `{"title":"c"}`, true},
		{`{"year":{"lt":10}}`, `{"year":9}`, true},
		{`{"title":{"lt":"10"}}`, `{"title":"9"}`, false},
		{`{"title":{"lt":10}}`, `{"title":"9"}`, true},
		{`{"title":{"lt":10}}`, `{"title":"nine"}`, false},
		{`{"title":{"ge":10}}`, `{"title":"nine"}`, false},
		{`{"title":{"ge":0}}`, `{"title":""}`, true},
		{`{"title":{"ge":16}}`, `{"title":" 0x10 "}`, true},
		{`{"title":{"le":8}}`, `{"title":"0o10"}`, true},
		{`{"title":{"le":2}}`, `{"title":"0b10"}`, true},
		{`{"title":{"ge":8}}`, `{"title":"099"}`, true},
		{`{"title":{"le":2}}`, `{"title":"0b12"}`, false},
		{`{"title":{"gt":1e300}}`, `{"title":"Infinity"}`, true},
		{`{"title":{"lt":-1e300}}`, `{"title":"-Infinity"}`, true},
		{`{"title":{"gt":1e300}}`, `{"title":"1e999"}`, true},
		{`{"title":{"gt":1}}`, `{"title":"inf"}`, false},
		{`{"title":{"gt":1}}`, `{"title":"5_0"}`, false},
		{`{"title":{"gt":1}}`, `{"title":"1e"}`, false},
		{`{"title":{"gt":null}}`, `{"title":"a"}`, false},
		{`{"title":{"gt":"a"}}`, `{"title":null}`, false},
		{`{"seen":{"gt":0}}`, `{"seen":true}`, true},
		{`{"seen":{"gt":0}}`, `{"seen":false}`, false},
		{`{"tags":{"gt":0}}`, `{"tags":[5]}`, false},
	})
}

func TestClientEqualityAndParts(t *testing.T) {
	check(t, Client, []match{
		{`{"title":{"eq":null}}`, `{"title":null}`, true},
		{`{"title":{"eq":null}}`, `{}`, true},
		{`{"title":{"ne":null}}`, `{}`, false},
		{`{"title":{"eq":"a\u0062"}}`, `{"title":"\u0061b"}`, true},
		{`{"year":{"eq":1}}`, `{"year":"1"}`, false},
		{`{"year":{"eq":1}}`, `{"year":1.0}`, true},
		{`{"year":{"eq":12345678901234567}}`, `{"year":12345678901234567}`, true},
		{`{"year":{"eq":-12}}`, `{"year":-12}`, true},
		{`{"year":{"ne":1}}`, `{"year":"1"}`, true},
		{`{"seen":{"eq":true}}`, `{"seen":true}`, true},
		{`{"seen":{"eq":false}}`, `{"seen":null}`, false},
		{`{"tags":{"eq":["a"]}}`, `{"tags":["a"]}`, true},
		{`{"title":{"contains":"b"}}`, `{"title":"abc"}`, true},
		{`{"title":{"contains":""}}`, `{"title":"abc"}`, true},
		{`{"title":{"contains":5}}`, `{"title":"a5"}`, true},
		{`{"title":{"contains":"b"}}`, `{"title":null}`, false},
		{`{"title":{"contains":"null"}}`, `{"title":null}`, false},
		{`{"title":{"notContains":"b"}}`, `{"title":null}`, true},
		{`{"title":{"notContains":"b"}}`, `{"title":"abc"}`, false},
		{`{"tags":{"contains":"b"}}`, `{"tags":["a","b"]}`, true},
		{`{"tags":{"contains":"b"}}`, `{"tags":["abc"]}`, false},
		{`{"scores":{"contains":2}}`, `{"scores":[1,2.0]}`, true},
		{`{"scores":{"contains":"2"}}`, `{"scores":[1,2]}`, false},
		{`{"tags":{"notContains":"b"}}`, `{"tags":["a"]}`, true},
		{`{"year":{"contains":1}}`, `{"year":1}`, false},
		{`{"title":{"beginsWith":"ab"}}`, `{"title":"abc"}`, true},
		{`{"title":{"beginsWith":"ab"}}`, `{"title":null}`, false},
		{`{"title":{"beginsWith":"ab"}}`, `{"title":"\u0061bc"}`, true},
		{`{"title":{"in":["a",null]}}`, `{}`, true},
		{`{"title":{"in":["a","b"]}}`, `{"title":"b"}`, true},
		{`{"title":{"in":[]}}`, `{"title":"b"}`, false},
		{`{"title":{"in":["a"]}}`, `{"title":"b"}`, false},
		{`{"title":{"notIn":["a"]}}`, `{"title":null}`, true},
		{`{"title":{"notIn":[]}}`, `{"title":"a"}`, true},
		{`{"title":{"in":["a","b","c","d","e","f","g","h",1]}}`, `{"title":"h"}`, true},
		{`{"title":{"in":["a","b","c","d","e","f","g","h",1]}}`, `{"title":"z"}`, false},
		{`{"title":{"in":["a","b","c","d","e","f","g","h",1]}}`, `{"title":1}`, true},
		{`{"title":{"notIn":["a","b","c","d","e","f","g","h",null]}}`, `{}`, false},
		{`{"place":{"ne":null}}`, `{"place":{"x":1}}`, true},
	})
}

func TestClientGroups(t *testing.T) {
	check(t, Client, []match{
		{`{}`, `{}`, true},
		{`null`, `{}`, true},
		{`{"title":null,"and":null,"or":null,"not":null}`, `{}`, true},
		{`{"and":[]}`, `{}`, true},
		{`{"or":[]}`, `{}`, false},
		{`{"or":[{}]}`, `{}`, true},
		{`{"not":{}}`, `{}`, false},
		{`{"not":{"or":[]}}`, `{}`, true},
		{`{"year":{"gt":1,"lt":3},"title":{"eq":"a"}}`, `{"year":2,"title":"a"}`, true},
		{`{"year":{"gt":1,"lt":3},"title":{"eq":"a"}}`, `{"year":2,"title":"b"}`, false},
		{`{"year":{"gt":1,"lt":3}}`, `{"year":3}`, false},
		{`{"and":{"title":{"eq":"a"}}}`, `{"title":"a"}`, true},
		{`{"or":[{"title":{"eq":"a"}},{"title":{"eq":"b"}}],"year":{"eq":1}}`, `{"title":"b","year":1}`, true},
		{`{"or":[{"title":{"eq":"a"}},{"title":{"eq":"b"}}],"year":{"eq":1}}`, `{"title":"b"}`, false},
		{`{"not":{"and":[{"title":{"eq":"a"}},{"year":{"eq":1}}]}}`, `{"title":"a","year":2}`, true},
		{`{"not":{"or":[{"title":{"eq":"a"}},{"year":{"eq":1}}]}}`, `{"title":"a","year":2}`, false},
		{`{"not":{"not":{"title":{"eq":"a"}}}}`, `{"title":"a"}`, true},
	})
}

// TestNotGoesInwards: under De Morgan "not less than" is "greater or equal", which a text that is
// no number does not satisfy either.
func TestNotGoesInwards(t *testing.T) {
	check(t, Client, []match{
		{`{"not":{"title":{"lt":5}}}`, `{"title":"x"}`, false},
		{`{"not":{"title":{"le":5}}}`, `{"title":"6"}`, true},
		{`{"not":{"year":{"gt":5}}}`, `{"year":5}`, true},
		{`{"not":{"year":{"ge":5}}}`, `{"year":5}`, false},
		{`{"not":{"year":{"between":[1,3]}}}`, `{"year":0}`, true},
		{`{"not":{"year":{"between":[1,3]}}}`, `{"year":3}`, false},
		{`{"not":{"year":{"between":[1,3]}}}`, `{"year":4}`, true},
		{`{"not":{"year":{"between":[1,3]}}}`, `{"year":"x"}`, false},
		{`{"not":{"title":{"beginsWith":"a"}}}`, `{"title":null}`, true},
		{`{"not":{"title":{"beginsWith":"a"}}}`, `{"title":"abc"}`, false},
		{`{"not":{"not":{"title":{"beginsWith":"a"}}}}`, `{"title":"abc"}`, true},
		{`{"not":{"title":{"eq":"a"}}}`, `{}`, true},
		{`{"not":{"title":{"ne":"a"}}}`, `{}`, false},
		{`{"not":{"title":{"contains":"a"}}}`, `{}`, true},
		{`{"not":{"title":{"notContains":"a"}}}`, `{"title":"a"}`, true},
		{`{"not":{"title":{"in":["a"]}}}`, `{"title":"a"}`, false},
		{`{"not":{"title":{"notIn":["a","b"]}}}`, `{"title":"b"}`, true},
	})
}
