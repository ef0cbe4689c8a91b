package appsync

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

func TestParseRequest(t *testing.T) {
	r, name, err := ParseRequest([]byte(`{"query":"query { a }","variables":{"x":1},"operationName":"operation","extensions":{"other":1,
		"deltabase":{"mutations":{"m0":"id-0","m1":"id-1"},"cursors":{"syncPosts":"","syncTags":"c"},"later":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if r.Query != "query { a }" || name != "operation" || r.Variables.String() != `{"x":1}` || !r.Extensions.Present ||
		!maps.Equal(r.Extensions.Mutations, map[string]string{"m0": "id-0", "m1": "id-1"}) ||
		!maps.Equal(r.Extensions.Cursors, map[string]string{"syncPosts": "", "syncTags": "c"}) {
		t.Errorf("%+v %q", r, name)
	}
	wantText(t, "written again", r.Body(), `{"query":"query { a }","variables":{"x":1},"extensions":{"deltabase":{"mutations":{"m0":"id-0","m1":"id-1"},"cursors":{"syncPosts":"","syncTags":"c"}}}}`)
	plain, name, err := ParseRequest([]byte(" {\"query\":\"{a}\",\"variables\":null,\"operationName\":null,\"extensions\":{\"deltabase\":null}}\n"))
	if err != nil || name != "" || plain.Extensions.Present {
		t.Errorf("%+v %q %v", plain, name, err)
	}
	wantText(t, "plain", plain.Body(), `{"query":"{a}","variables":{}}`)
}

func TestWrongRequests(t *testing.T) {
	entries := strings.Repeat(`"k":"v",`, 1)
	for i := range extensionEntriesMax {
		entries += `"k` + string(rune('a'+i%26)) + strings.Repeat("x", i/26) + `":"v",`
	}
	cases := []struct{ body, kind, message string }{
		{"", MalformedHttpRequest, "Request body is empty."},
		{" \r\n\t", MalformedHttpRequest, "Request body is empty."},
		{`{"query":"{"`, MalformedHttpRequest, "Unable to parse GraphQL query."},
		{`{"variables":{}}`, MalformedHttpRequest, "Unable to parse GraphQL query."},
		{`{"query":""}`, MalformedHttpRequest, "Unable to parse GraphQL query."},
		{`{"query":1}`, MalformedHttpRequest, "Unable to parse GraphQL query."},
		{`[{"query":"{a}"}]`, BadRequestException, "batches are not accepted"},
		{`{"query":"{a}","operationName":1}`, BadRequestException, "operationName"},
		{`{"query":"{a}","variables":"{}"}`, BadRequestException, "variables"},
		{`{"query":"{a}","extensions":{"deltabase":[]}}`, BadRequestException, "extensions.deltabase"},
		{`{"query":"{a}","extensions":{"deltabase":{"mutations":[]}}}`, BadRequestException, "mutations"},
		{`{"query":"{a}","extensions":{"deltabase":{"mutations":{"m0":1}}}}`, BadRequestException, "mutations"},
		{`{"query":"{a}","extensions":{"deltabase":{"mutations":{"m0":""}}}}`, BadRequestException, "mutations"},
		{`{"query":"{a}","extensions":{"deltabase":{"mutations":{"m0":"` + strings.Repeat("x", mutationIDBytesMax+1) + `"}}}}`, BadRequestException, "too long"},
		{`{"query":"{a}","extensions":{"deltabase":{"cursors":{"s":"` + strings.Repeat("x", cursorBytesMax+1) + `"}}}}`, BadRequestException, "cursors"},
		{`{"query":"{a}","extensions":{"deltabase":{"cursors":{` + strings.TrimSuffix(entries, ",") + `}}}}`, BadRequestException, "at most 100"},
	}
	keys := strings.TrimSuffix(strings.Repeat(`"m0",`, extensionEntriesMax+1), ",")
	for _, strict := range []string{`{}`, `"m0"`, `[1]`, `[` + keys + `]`} {
		cases = append(cases, struct{ body, kind, message string }{
			`{"query":"{a}","extensions":{"deltabase":{"strict":` + strict + `}}}`, BadRequestException, "strict"})
	}
	for _, c := range cases {
		_, _, err := ParseRequest([]byte(c.body))
		var wrong *RequestError
		if !errors.As(err, &wrong) || wrong.Type != c.kind || !strings.Contains(wrong.Message, c.message) {
			t.Errorf("%.80s: %v", c.body, err)
		} else if err.Error() != wrong.Type+": "+wrong.Message {
			t.Errorf("%.80s: %q", c.body, err)
		}
	}
}

func TestErrorBody(t *testing.T) {
	wantText(t, "401", ErrorBody(UnauthorizedException, "Token has expired."),
		`{"errors":[{"errorType":"UnauthorizedException","message":"Token has expired."}]}`)
}

func FuzzParseRequest(f *testing.F) {
	for _, seed := range []string{`{"query":"{a}","variables":{"x":[1]},"operationName":"o","extensions":{"deltabase":{"mutations":{"m0":"i"},"cursors":{"s":""}}}}`,
		`{"query":1}`, `[]`, ``, `{"query":"q","extensions":{"deltabase":{}}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, _, err := ParseRequest(body)
		if err != nil {
			return
		}
		again, _, err := ParseRequest(r.Body())
		if err != nil {
			t.Fatalf("%s was written as %s: %v", body, r.Body(), err)
		}
		if again.Query != r.Query || !record.Equal(again.Variables, r.Variables) || again.Extensions.Present != r.Extensions.Present ||
			!maps.Equal(again.Extensions.Mutations, r.Extensions.Mutations) || !maps.Equal(again.Extensions.Cursors, r.Extensions.Cursors) ||
			!slices.Equal(again.Extensions.Strict, r.Extensions.Strict) {
			t.Fatalf("%s: %+v became %+v", body, r, again)
		}
	})
}

// TestRetryBody: the errors are as in every refusal; the message is what Amplify takes for a broken network.
func TestRetryBody(t *testing.T) {
	const want = `{"errors":[{"errorType":"ServiceUnavailableException","message":"Try again."}],"message":"Network Error"}`
	if got := string(RetryBody("ServiceUnavailableException", "Try again.")); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
