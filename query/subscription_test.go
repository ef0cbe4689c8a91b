package query

import (
	"errors"
	"testing"
)

func TestSubscriptionFilters(t *testing.T) {
	check(t, Subscription, []match{
		{`{"year":{"ge":20,"le":50}}`, `{"year":5}`, true},
		{`{"year":{"ge":20,"le":50}}`, `{"year":60}`, true},
		{`{"year":{"between":[20,50]}}`, `{"year":60}`, false},
		{`{"year":{"ge":20},"title":{"eq":"a"}}`, `{"year":20,"title":"b"}`, false},
		{`{"and":[{"title":{"eq":"t"}}]}`, `{"title":"t"}`, true},
		{`{"and":[{"title":{"eq":"t"}}]}`, `{"title":"u"}`, false},
		{`{"or":[{"title":{"eq":"a"}},{"year":{"eq":1}}],"seen":{"eq":true}}`, `{"year":1,"seen":true}`, true},
		{`{"or":[{"title":{"eq":"a"}},{"year":{"eq":1}}],"seen":{"eq":true}}`, `{"year":1,"seen":false}`, false},
		{`{"title":{}}`, `{"title":"x"}`, true},
		{`{"tags":{"containsAny":["a","b"]}}`, `{"tags":["b","c"]}`, true},
		{`{"tags":{"containsAny":["a","b"]}}`, `{"tags":["c"]}`, false},
		{`{"tags":{"containsAny":["a"]}}`, `{"tags":"a"}`, false},
		// A missing field behaves as null.
		{`{"title":{"ne":"x"}}`, `{}`, true},
		{`{"title":{"ne":"x"}}`, `{"title":null}`, true},
		{`{"title":{"notContains":"x"}}`, `{"title":null}`, true},
		{`{"title":{"notIn":["x"]}}`, `{}`, true},
		{`{"title":{"in":["x"]}}`, `{}`, false},
		{`{"owner":{"eq":null}}`, `{}`, true},
	})
}

func TestSubscriptionLimits(t *testing.T) {
	const (
		fields = "Filters exceed maximum attributes limit 5 for subscription."
		groups = "Filters combination exceed maximum limit 10 for subscription."
		twice  = "subscription filter uses same fieldName multiple time in single filter object."
	)
	cases := []struct{ filter, want string }{
		{`{}`, ""},
		{`{"title":{"eq":"a"}}`, ""},
		{`{"year":{"ge":20,"le":50}}`, ""},
		{`{"id":{"eq":"a"},"title":{"eq":"a"},"year":{"eq":1},"seen":{"eq":true},"tags":{"contains":"a"}}`, ""},
		{`{"id":{"eq":"a"},"title":{"eq":"a"},"year":{"eq":1},"seen":{"eq":true},"tags":{"contains":"a"},"rating":{"eq":1}}`, fields},
		{`{"and":[{"title":{"beginsWith":"a"}},{"title":{"contains":"b"}}]}`, twice},
		{`{"title":{"beginsWith":"a"},"or":[{"year":{"eq":1}},{"title":{"contains":"b"}}]}`, twice},
		{`{"or":[{"year":{"eq":1}},{"year":{"eq":2}},{"year":{"eq":3}},{"year":{"eq":4}},{"year":{"eq":5}},{"year":{"eq":6}},{"year":{"eq":7}},{"year":{"eq":8}},{"year":{"eq":9}},{"year":{"eq":10}}]}`, ""},
		{`{"or":[{"year":{"eq":1}},{"year":{"eq":2}},{"year":{"eq":3}},{"year":{"eq":4}},{"year":{"eq":5}},{"year":{"eq":6}},{"year":{"eq":7}},{"year":{"eq":8}},{"year":{"eq":9}},{"year":{"eq":10}},{"year":{"eq":11}}]}`, groups},
		{`{"year":{"le":50,"ge":20},"and":[{"title":{"ne":"x"}}],"or":[{"rating":{"eq":1}},{"seen":{"eq":false}}]}`, ""},
		{`{"year":{"eq":1,"lt":2,"gt":3,"le":9},"rating":{"eq":1,"lt":2,"gt":3}}`, groups},
		{`{"title":{"in":["1","2","3","4","5"]}}`, ""},
		{`{"title":{"in":["1","2","3","4","5","6"]}}`, "subscription exceeds maximum value limit 5 for operator `in`."},
		{`{"title":{"notIn":["1","2","3","4","5","6"]}}`, "subscription exceeds maximum value limit 5 for operator `notIn`."},
		{`{"tags":{"containsAny":["1","2","3","4","5","6"]}}`, ""},
	}
	for _, c := range cases {
		err := CheckSubscription(parse(t, c.filter, Subscription))
		var limit *SubscriptionLimit
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.filter, err)
		case c.want != "" && (!errors.As(err, &limit) || err.Error() != c.want):
			t.Errorf("%s: %v", c.filter, err)
		}
	}
}
