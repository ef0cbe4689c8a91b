package appsync

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func TestRealtimeURL(t *testing.T) {
	for endpoint, want := range map[string]string{
		"https://api.example.com/graphql":               "wss://api.example.com/graphql/realtime",
		"http://127.0.0.1:8080/graphql":                 "ws://127.0.0.1:8080/graphql/realtime",
		"https://api.example.com/graphql/":              "wss://api.example.com/graphql/realtime",
		"https://api.example.com/graphql?stage=a/b#top": "wss://api.example.com/graphql/realtime?stage=a/b",
		"https://api.example.com":                       "wss://api.example.com/realtime",
		"HTTPS://api.example.com/x#y":                   "wss://api.example.com/x/realtime",
		"ws://h/graphql":                                "ws://h/graphql/realtime",
		"https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/graphql":     "wss://abcdefghijklmnopqrstuvwxyz.appsync-realtime-api.eu-west-1.amazonaws.com/graphql",
		"https://ABCDEFGHIJKLMNOPQRSTUVWXYZ.appsync-api.cn-north-1.amazonaws.com.cn/graphql": "wss://abcdefghijklmnopqrstuvwxyz.appsync-realtime-api.cn-north-1.amazonaws.com.cn/graphql",
		"https://short.appsync-api.eu-west-1.amazonaws.com/graphql":                          "wss://short.appsync-api.eu-west-1.amazonaws.com/graphql/realtime",
		"https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.example.com/graphql":       "wss://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.example.com/graphql/realtime",
		"https://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/other":       "wss://abcdefghijklmnopqrstuvwxyz.appsync-api.eu-west-1.amazonaws.com/other/realtime",
	} {
		wantText(t, endpoint, RealtimeURL(endpoint), want)
	}
}

func TestProtocols(t *testing.T) {
	const header = `{"host":"h","x-api-key":"da2-ÿ?>"}`
	got := Protocols(value(t, header))
	if len(got) != 2 || got[0] != "graphql-ws" {
		t.Fatal(got)
	}
	wantText(t, "entry", got[1], "header-"+base64.RawURLEncoding.EncodeToString([]byte(header)))
	if strings.ContainsAny(got[1], "+/=") {
		t.Errorf("not allowed in a subprotocol: %s", got[1])
	}
	for _, empty := range []string{"", "null", "{}"} {
		if got := Protocols(value(t, empty)); got[1] != "header-" {
			t.Errorf("%s: %s", empty, got[1])
		}
	}
	for _, encoding := range []*base64.Encoding{base64.RawURLEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.StdEncoding} {
		for _, prefix := range []string{"header-", ""} {
			v, err := ParseProtocol(prefix + encoding.EncodeToString([]byte(header)))
			if err != nil || v.String() != header {
				t.Errorf("%s: %v", v.Text(), err)
			}
		}
	}
	if v, err := ParseProtocol("header-"); err != nil || v.Exists() {
		t.Errorf("none: %s %v", v.Text(), err)
	}
	for _, entry := range []string{"header-!", "header-a", "header-" + base64.RawURLEncoding.EncodeToString([]byte("[]")),
		"header-" + base64.RawURLEncoding.EncodeToString([]byte("{")), "header-" + strings.Repeat("e", headerBytesMax+1)} {
		_, err := ParseProtocol(entry)
		var wrong *RequestError
		if !errors.As(err, &wrong) || wrong.Type != BadRequestException {
			t.Errorf("%.40s: %v", entry, err)
		}
	}
}
