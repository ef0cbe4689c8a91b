package appsync

import (
	"errors"
	"testing"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
)

func TestMultiplexFrames(t *testing.T) {
	s, post, _ := blog(t)
	entry := ListeningTo(s, post, conflict.Create, value(t, `{"and":[{"title":{"eq":"x"}}]}`))
	frame := MultiplexFrame("7", []record.Value{entry.Value()}, value(t, `{"x-api-key":"k"}`))
	back, err := ParseFrame(frame.Text())
	if err != nil || back.Type != TypeStart || back.ID != "7" || !back.IsMultiplex() || !back.FromDeltabase() {
		t.Fatalf("%s: %v", frame.Text(), err)
	}
	wantText(t, "authorization", back.Authorization().Text(), `{"x-api-key":"k"}`)
	models, authorization, err := ParseMultiplex(back)
	if err != nil || len(models) != 1 || models[0].Model != "Post" {
		t.Fatalf("%+v: %v", models, err)
	}
	wantText(t, "authorization", authorization.Text(), `{"x-api-key":"k"}`)
	plain := StartFrame(s, post, conflict.Create, "7", value(t, `{"and":[{"title":{"eq":"x"}}]}`), record.Value{})
	query, variables, _, err := ParseStart(plain)
	if err != nil || models[0].Query != query || !record.Equal(models[0].Variables, variables) {
		t.Errorf("%+v is not what a plain subscription asks for: %s %s", models[0], query, variables.Text())
	}
	if plain.IsMultiplex() {
		t.Error("a plain start frame")
	}

	wantText(t, "ack", MultiplexAck("7", nil).Text(), `{"id":"7","type":"start_ack"}`)
	ack := MultiplexAck("7", []RefusedModel{{"Post", []Error{{Type: Unauthorized, Message: "no"}}}})
	wantText(t, "refusals", ack.Text(), `{"id":"7","type":"start_ack","payload":{"refused":[{"model":"Post","errors":[{"errorType":"Unauthorized","message":"no"}]}]}}`)
	if refused := ack.RefusedIn(); len(refused) != 1 || refused["Post"][0].Type != Unauthorized {
		t.Error(refused)
	}
	resync := ResyncModelFrame("7", "Post")
	wantText(t, "resync", resync.Text(), `{"id":"7","type":"data","payload":{"data":null,"extensions":{"deltabase":{"resync":true,"model":"Post"}}}}`)
	if !resync.IsResync() || resync.ResyncModel() != "Post" {
		t.Error("the notice is not known again")
	}
	announced := Frame{Type: TypeConnectionAck, Payload: value(t, `{"connectionTimeoutMs":1,"extensions":`+Announcement().String()+`}`)}
	if !announced.Multiplexes() || (Frame{Type: TypeConnectionAck, Payload: value(t, `{"connectionTimeoutMs":1}`)}).Multiplexes() {
		t.Error("the announcement")
	}
}

func TestParseMultiplexRefuses(t *testing.T) {
	for _, payload := range []string{``, `{}`, `{"extensions":{"deltabase":{"models":{}}}}`, `{"extensions":{"authorization":1,"deltabase":{"models":[]}}}`,
		`{"extensions":{"deltabase":{"models":[1]}}}`, `{"extensions":{"deltabase":{"models":[{"model":"Post"}]}}}`,
		`{"extensions":{"deltabase":{"models":[{"model":"Post","query":"s","variables":[]}]}}}`} {
		_, _, err := ParseMultiplex(Frame{Type: TypeStart, Payload: value(t, payload)})
		var wrong *FrameError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", payload, err)
		}
	}
}
