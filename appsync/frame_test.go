package appsync

import (
	"errors"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

func TestFrameTexts(t *testing.T) {
	cases := []struct {
		frame Frame
		want  string
	}{
		{Frame{Type: TypeConnectionInit}, `{"type":"connection_init"}`},
		{Frame{Type: TypeConnectionAck, Payload: value(t, `{"connectionTimeoutMs":300000}`)}, `{"type":"connection_ack","payload":{"connectionTimeoutMs":300000}}`},
		{Frame{Type: TypeKeepAlive}, `{"type":"ka"}`},
		{Frame{Type: TypeConnectionError, Payload: ErrorPayload(Error{Type: UnauthorizedException, Message: "You are not authorized to make this call.", Code: 401})},
			`{"type":"connection_error","payload":{"errors":[{"errorType":"UnauthorizedException","message":"You are not authorized to make this call.","errorCode":401}]}}`},
		{Frame{Type: TypeStartAck, ID: "6f1c"}, `{"id":"6f1c","type":"start_ack"}`},
		{ErrorFrame("6f1c", Error{Type: Unauthorized, Message: "no"}), `{"id":"6f1c","type":"error","payload":{"errors":[{"errorType":"Unauthorized","message":"no"}]}}`},
		{ErrorFrame("6f1c", Error{Message: "Filters exceed maximum attributes limit 5 for subscription.", Code: 400}),
			`{"id":"6f1c","type":"error","payload":{"errors":[{"message":"Filters exceed maximum attributes limit 5 for subscription.","errorCode":400}]}}`},
		{DataFrame("6f1c", "onCreatePost", value(t, `{"id":"a1"}`)), `{"id":"6f1c","type":"data","payload":{"data":{"onCreatePost":{"id":"a1"}}}}`},
		{ResyncFrame("6f1c"), `{"id":"6f1c","type":"data","payload":{"data":null,"extensions":{"deltabase":{"resync":true}}}}`},
		{Frame{Type: TypeStop, ID: "6f1c"}, `{"id":"6f1c","type":"stop"}`},
		{Frame{Type: TypeComplete, ID: "6f1c"}, `{"id":"6f1c","type":"complete"}`},
	}
	for _, c := range cases {
		wantText(t, c.frame.Type, c.frame.Text(), c.want)
		back, err := ParseFrame([]byte(c.want))
		if err != nil || back.Type != c.frame.Type || back.ID != c.frame.ID || !record.Equal(back.Payload, c.frame.Payload) {
			t.Errorf("%s: %+v %v", c.want, back, err)
		}
		if back.IsResync() != strings.Contains(c.want, "resync") {
			t.Errorf("%s: resync %v", c.want, back.IsResync())
		}
	}
}

func TestStartFrame(t *testing.T) {
	s, post, _ := blog(t)
	frame := StartFrame(s, post, conflict.Create, "6f1c", value(t, `{"and":[{"title":{"eq":"x\"y"}}]}`), value(t, `{"host":"h","x-api-key":"k"}`))
	wantText(t, "with a filter", frame.Text(), `{"id":"6f1c","type":"start","payload":{"data":"{\"query\":\"subscription operation($filter: ModelSubscriptionPostFilterInput)`+
		`{onCreatePost(filter: $filter)`+postRow+`}\",\"variables\":{\"filter\":{\"and\":[{\"title\":{\"eq\":\"x\\\"y\"}}]}}}",`+
		`"extensions":{"authorization":{"host":"h","x-api-key":"k"},"deltabase":{}}}}`)
	query, variables, authorization, err := ParseStart(frame)
	if err != nil || !frame.FromDeltabase() {
		t.Fatal(err)
	}
	wantText(t, "query", query, "subscription operation($filter: ModelSubscriptionPostFilterInput){onCreatePost(filter: $filter)"+postRow+"}")
	wantText(t, "variables", variables.Text(), `{"filter":{"and":[{"title":{"eq":"x\"y"}}]}}`)
	wantText(t, "authorization", authorization.Text(), `{"host":"h","x-api-key":"k"}`)

	plain := StartFrame(s, post, conflict.Delete, "7", record.Value{}, record.Value{})
	wantText(t, "without", plain.Text(), `{"id":"7","type":"start","payload":{"data":"{\"query\":\"subscription operation{onDeletePost`+postRow+`}\",\"variables\":{}}",`+
		`"extensions":{"authorization":{},"deltabase":{}}}}`)
}

func TestParseStart(t *testing.T) {
	frame := func(payload string) Frame { return Frame{Type: TypeStart, ID: "1", Payload: value(t, payload)} }
	query, variables, authorization, err := ParseStart(frame(`{"data":{"query":"subscription{a}","variables":null},"extensions":{"authorization":null}}`))
	if err != nil || query != "subscription{a}" || variables.String() != "{}" || authorization.String() != "{}" {
		t.Errorf("an object: %s %s %s %v", query, variables.Text(), authorization.Text(), err)
	}
	if frame(`{"data":"","extensions":{"authorization":{}}}`).FromDeltabase() {
		t.Error("a client that announced nothing")
	}
	for _, payload := range []string{``, `{}`, `{"data":"{"}`, `{"data":"{}"}`, `{"data":{"query":1}}`, `{"data":{"query":""}}`,
		`{"data":{"query":"s","variables":[]}}`, `{"data":{"query":"s"},"extensions":{"authorization":"x"}}`} {
		_, _, _, err := ParseStart(frame(payload))
		var wrong *FrameError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}

func TestErrorsIn(t *testing.T) {
	for payload, want := range map[string]int{
		`{"errors":[{"errorType":"MaxSubscriptionsReachedError","message":"Max number of 100 subscriptions reached"}]}`: 1,
		`{"errors":{"errorType":"MaxSubscriptionsReachedError","message":"Max number of 100 subscriptions reached"}}`:   1,
		`{"errors":[{"message":"a"},{"message":"b"}]}`:                                                                  2,
		`{"errors":[]}`: 0,
		`{}`:            0,
		``:              0,
	} {
		got := Frame{Type: TypeError, Payload: value(t, payload)}.ErrorsIn()
		if len(got) != want || want == 1 && got[0].Type != "MaxSubscriptionsReachedError" {
			t.Errorf("%s: %+v", payload, got)
		}
	}
}

func TestNoFrames(t *testing.T) {
	for _, text := range []string{``, `{`, `[]`, `{}`, `{"type":1}`, `{"type":"start","id":7}`} {
		_, err := ParseFrame([]byte(text))
		var wrong *FrameError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), "not a realtime message: ") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, seed := range []string{`{"type":"ka"}`, `{"id":"1","type":"start","payload":{"data":"{\"query\":\"s\"}","extensions":{"authorization":{}}}}`,
		`{"type":"error","payload":{"errors":{"errorCode":1e3}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		frame, err := ParseFrame(text)
		if err != nil {
			return
		}
		frame.ErrorsIn()
		_, _, _, _ = ParseStart(frame)
		_, _, _ = ParseMultiplex(frame)
		frame.RefusedIn()
		again, err := ParseFrame(frame.Text())
		if err != nil || again.Type != frame.Type || again.ID != frame.ID || !record.Equal(again.Payload, frame.Payload) {
			t.Fatalf("%s was written as %s: %v", text, frame.Text(), err)
		}
	})
}
