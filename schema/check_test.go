package schema

import (
	"errors"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
)

const everything = `{"models":{"M":{"pluralName":"Ms","fields":{
	"id":{"type":"ID","isRequired":true},
	"s":{"type":"String","isRequired":true},"os":{"type":"String"},
	"i":{"type":"Int"},"f":{"type":"Float"},"b":{"type":"Boolean"},
	"date":{"type":"AWSDate"},"time":{"type":"AWSTime"},"at":{"type":"AWSDateTime"},"stamp":{"type":"AWSTimestamp"},
	"email":{"type":"AWSEmail"},"json":{"type":"AWSJSON"},"url":{"type":"AWSURL"},"phone":{"type":"AWSPhone"},"ip":{"type":"AWSIPAddress"},
	"e":{"type":{"enum":"E"}},"es":{"type":{"enum":"E"},"isArray":true,"isArrayNullable":true},
	"n":{"type":{"nonModel":"N"}},"ns":{"type":{"nonModel":"N"},"isArray":true,"isRequired":true,"isArrayNullable":true},
	"ons":{"type":{"nonModel":"N"},"isArray":true,"isArrayNullable":true},
	"list":{"type":"String","isArray":true,"isRequired":true,"isArrayNullable":false},
	"olist":{"type":"Int","isArray":true,"isArrayNullable":true},
	"dates":{"type":"AWSDate","isArray":true,"isArrayNullable":true},"jsons":{"type":"AWSJSON","isArray":true,"isArrayNullable":true},
	"createdAt":{"type":"AWSDateTime","isRequired":true},"updatedAt":{"type":"AWSDateTime","isReadOnly":true}}}},
	"enums":{"E":{"values":["A"]}},"nonModels":{"N":{"fields":{"x":{"type":"Int","isRequired":true},"y":{"type":{"nonModel":"O"}}}},"O":{"fields":{"z":{"type":"AWSDate"}}}}}`

// TestCheck holds the messages that users of Amplify know, field by field.
func TestCheck(t *testing.T) {
	s := mustLoad(t, everything)
	for _, c := range []struct{ row, want string }{
		{`{}`, ""},
		{`{"unknown":1}`, ""},
		{`{"id":"a","s":"x","os":null,"i":1,"f":1.5,"b":true,"e":"A","n":{"x":1},"ns":[{"x":1}],"list":["a"],"olist":[1,null]}`, ""},
		{`{"createdAt":null,"updatedAt":null}`, ""},
		{`{"s":null}`, "Field s is required"},
		{`{"id":null}`, "Field id is required"},
		{`{"id":""}`, "An index field cannot contain an empty string value"},
		{`{"s":""}`, ""},
		{`{"s":1}`, "Field s should be of type string, number received. 1"},
		{`{"os":true}`, "Field os should be of type string, boolean received. true"},
		{`{"s":{"a":1}}`, "Field s should be of type string, object received. [object Object]"},
		{`{"s":["a",null,[1]]}`, "Field s should be of type string, object received. a,,1"},
		{`{"i":"1"}`, "Field i should be of type number, string received. 1"},
		{`{"i":1.5}`, ""},
		{`{"b":1}`, "Field b should be of type boolean, number received. 1"},
		{`{"date":"x"}`, "Field date should be of type AWSDate, validation failed. x"},
		{`{"at":5}`, "Field at should be of type string, number received. 5"},
		{`{"stamp":-1}`, "Field stamp should be of type AWSTimestamp, validation failed. -1"},
		{`{"stamp":1.5}`, "Field stamp should be of type AWSTimestamp, validation failed. 1.5"},
		{`{"list":null}`, "Field list is required"},
		{`{"olist":null}`, ""},
		{`{"list":"a"}`, "Field list should be of type [string], string received. a"},
		{`{"olist":{"a":1}}`, "Field olist should be of type [number | null | undefined], object received. [object Object]"},
		{`{"list":["a",1,true]}`, "All elements in the list array should be of type string, [string,number,boolean] received. a,1,true"},
		{`{"list":["a",null]}`, "All elements in the list array should be of type string, [string,null] received. a,"},
		{`{"olist":[1,"b"]}`, "All elements in the olist array should be of type number | null | undefined, [number,string] received. 1,b"},
		{`{"dates":["2024-01-01","x"]}`, "All elements in the dates array should be of type AWSDate, validation failed for one or more elements. 2024-01-01,x"},
		{`{"json":"{a:1}"}`, "Field json is an invalid JSON object. {a:1}"},
		{`{"json":"{\"a\":1}"}`, ""}, {`{"json":{"a":1}}`, ""}, {`{"json":"5"}`, ""}, {`{"jsons":[{"a":1},"[]",null]}`, ""},
		{`{"jsons":["{"]}`, "All elements in the jsons array should be of type AWSJSON, validation failed for one or more elements. {"},
		{`{"e":"LOST"}`, ""}, {`{"es":["A","B"]}`, ""},
		{`{"es":"A"}`, "Field es should be of type [string | null | undefined], string received. A"},
		{`{"n":"x"}`, "Field n should be of type N, string recieved. x"},
		{`{"n":[1]}`, "Field n should be of type N, object recieved. 1"},
		{`{"n":{}}`, "Field x is required"},
		{`{"n":{"x":"a"}}`, "Field x should be of type number, string received. a"},
		{`{"n":{"x":1,"y":{"z":"q"}}}`, "Field z should be of type AWSDate, validation failed. q"},
		{`{"ns":{"x":1}}`, "Field ns should be of type [N], object received. [object Object]"},
		{`{"ns":[{"x":1},5]}`, "All elements in the ns array should be of type N, [number] received. 5"},
		{`{"ns":[null]}`, "All elements in the ns array should be of type N, [object] received. null"},
		{`{"ns":[{}]}`, "Field x is required"},
		{`{"ons":[null,{"x":1}]}`, ""},
		{`[]`, "A record of M is an object, object received. "},
	} {
		err := s.Check(s.Model("M"), record.TrustString(c.row), false)
		got := ""
		if err != nil {
			var field *FieldError
			if !errors.As(err, &field) || field.Code() != "invalid_value" || field.Model != "M" {
				t.Errorf("%s: %#v", c.row, err)
			}
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.row, got, c.want)
		}
	}
	if err := s.Check(s.Model("M"), record.TrustString(`{"id":"1","list":[]}`), true); err == nil || err.Error() != "Field s is required" {
		t.Errorf("a complete record lacks s: %v", err)
	}
	if err := s.Check(s.Model("M"), record.TrustString(`{"id":"1","s":"","list":[]}`), true); err != nil {
		t.Errorf("the server sets createdAt: %v", err)
	}
	if err := s.Check(s.Model("M"), record.Value{}, false); err == nil || !strings.Contains(err.Error(), "undefined received. undefined") {
		t.Error(err)
	}
}

// forms lists for each scalar what both sides take, what only the client takes and what neither.
var forms = []struct {
	scalar                   Scalar
	both, clientOnly, server []string
	neither                  []string
}{
	{AWSDate,
		[]string{"2024-02-29", "1970-01-01Z", "1970-01-01-07:00", "1970-01-01+01:00:30", "2000-02-29", "2024-04-30"},
		[]string{"2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "1900-02-29", "2024-01-01+19:00", "2024-01-01+01:60", "2024-01-01+01:00:60", "2024-01-00"}, nil,
		[]string{"", "24-01-01", "2024-1-1", "01.02.2024", "2024-01-01T", "2024-01-01 ", "2024-01-01+1:00", "2024-01-01z", "2024-01-01+01:00:00:00", "2024/01/01", "2024-01-01*01:00"}},
	{AWSTime,
		[]string{"12:30", "00:00:00", "23:59:59.999999999", "12:30Z", "12:30:15+05:30", "12:30:15.1-05:30:10"},
		[]string{"24:00", "12:60", "12:30:60", "12:30:15.1234567890", "12:30+24:00"}, nil,
		[]string{"", "1:30", "12", "12:3", "12:30:", "12:30:1", "12:30:15.", "12:30:15.Z", "noon"}},
	{AWSDateTime,
		[]string{"2024-05-01T10:20:30.123Z", "2024-05-01T10:20Z", "2024-05-01T10:20:30+02:00", "2024-05-01T10:20:30.1-02:00:10"},
		[]string{"2024-05-01T10:20:30", "2024-02-30T10:20:30Z", "2024-05-01T24:00Z", "2024-05-01T10:20+20:00"}, nil,
		[]string{"", "2024-05-01", "2024-05-01 10:20:30Z", "2024-05-01T10Z", "2024-05-01Tx", "T10:20Z"}},
	{AWSEmail,
		[]string{"a@b", "first.last+tag@sub.example.com", "o'hara@ex-ample.org", "1@2.3"}, nil, nil,
		[]string{"", "a", "@b", "a@", "a b@c", "a@b c", "a@-b", "a@b-", "a@b..c", "a@b@c", "a@" + strings.Repeat("x", 64), "ä@b"}},
	{AWSURL,
		[]string{"https://example.com", "https://example.com/a/b?c=//d#e", "mailto:a@b", "http://[::1]:80/", "urn:isbn:1", "HTTPS://X"},
		[]string{"https://example.com//a", "https://example.com/a//b", "urn:", "mailto:a b"}, nil,
		[]string{"", "example.com", "//example.com", "https://", "1http://x", "ht tp://x", "https:///?x", "https://a b/"}},
	{AWSPhone,
		[]string{"+1 555-123-4567", "555 123 4567", "15551234567", "+41791234567", "123-4567"},
		[]string{"12", "+12", "1234567890123456", "555-1234-", "25551234567", "+1234567890123456"}, nil,
		[]string{"", "1", "+", "a", "+-1", "555.123.4567", "(555) 1234567", "-12"}},
	{AWSIPAddress,
		[]string{"1.2.3.4", "255.255.255.255", "::", "::1", "2001:db8::1", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "fe80::"}, nil,
		[]string{"1.2.3.4/0", "10.0.0.0/32", "2001:db8::/32", "::/128"},
		[]string{"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.x", "[::1]", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::",
			":1", "g::1", "1.2.3.4/33", "::/129", "1.2.3.4/-1", "1.2.3.4/01", "localhost", "1:2:3:4:5:6:7::8", "1.2.3.4::"}},
	{AWSJSON, []string{`{"a":1}`, "[]", "1", `"x"`, "null", " true "}, nil, nil, []string{"", "{a:1}", "{", "undefined", "01"}},
	{String, []string{"", "anything"}, nil, nil, nil},
}

func TestForms(t *testing.T) {
	for _, c := range forms {
		check := func(values []string, client, server bool) {
			for _, text := range values {
				v := record.OfString(text)
				if clientForm(c.scalar, v) != client {
					t.Errorf("%s %q: the client says %v", c.scalar, text, !client)
				}
				reason := CheckScalar(c.scalar, v)
				if (reason == "") != server || reason != "" && !strings.HasSuffix(reason, ".") {
					t.Errorf("%s %q: the server says %q", c.scalar, text, reason)
				}
			}
		}
		check(c.both, true, true)
		check(c.clientOnly, true, false)
		check(c.server, false, true)
		check(c.neither, false, false)
	}
}

func TestCheckScalar(t *testing.T) {
	for _, c := range []struct {
		scalar Scalar
		text   string
		ok     bool
	}{
		{Int, "1", true}, {Int, "-2147483648", true}, {Int, "2147483647", true}, {Int, "5.0", true}, {Int, "2147483648", false},
		{Int, "5.1", false}, {Int, `"5"`, false}, {Int, "true", false},
		{Float, "1", true}, {Float, "1.5e300", true}, {Float, "1e400", false}, {Float, `"1"`, false},
		{Boolean, "true", true}, {Boolean, "1", false}, {Boolean, `"true"`, false},
		{ID, `"a"`, true}, {ID, "12", true}, {ID, "1.5", false}, {ID, "true", false},
		{String, "1", false}, {String, `"\ud83d\ude00"`, true}, {String, `"\ud83d"`, false}, {String, "[]", false},
		{AWSTimestamp, "1714559430123", true}, {AWSTimestamp, "-5", true}, {AWSTimestamp, "1.5", false}, {AWSTimestamp, `"5"`, false},
		{AWSDate, "20240101", false}, {AWSJSON, `{"a":1}`, false},
	} {
		if reason := CheckScalar(c.scalar, record.TrustString(c.text)); (reason == "") != c.ok {
			t.Errorf("%s %s: %q", c.scalar, c.text, reason)
		}
	}
}

// FuzzForms: no text makes a check panic, and what the server takes of dates the client takes too.
func FuzzForms(f *testing.F) {
	for _, c := range forms {
		for _, list := range [][]string{c.both, c.clientOnly, c.server, c.neither} {
			for _, text := range list {
				f.Add(text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := record.OfString(text)
		for _, scalar := range scalars {
			reason, client := CheckScalar(scalar, v), true
			if jsType(scalar) == "string" {
				client = clientForm(scalar, v)
			}
			if reason == "" && !client && scalar != AWSIPAddress {
				t.Fatalf("%s %q: taken by the server, refused by the client", scalar, text)
			}
		}
	})
}
