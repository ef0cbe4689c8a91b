package record

import (
	"strings"
	"testing"
)

// walked rewrites what a scanner goes through.
func walked(s *Scanner) string {
	var b strings.Builder
	switch {
	case s.Open(Object):
		b.WriteByte('{')
		for n := 0; s.Field(); n++ {
			if n > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`"` + string(s.name) + `":`)
			b.WriteString(walked(s))
		}
		b.WriteByte('}')
	case s.Open(List):
		b.WriteByte('[')
		for n := 0; s.Element(); n++ {
			if n > 0 {
				b.WriteByte(',')
			}
			b.WriteString(walked(s))
		}
		b.WriteByte(']')
	default:
		b.WriteString(s.Value().String())
	}
	return b.String()
}

// compareWalks holds the walk of a scanner against Fields.
func compareWalks(t *testing.T, v Value) {
	t.Helper()
	if got := TrustString(walked(Scan(v))); !Equal(got, v) {
		t.Fatalf("%s: scanned as %s", v, got)
	}
}

// TestScanner: what a scanner goes through is what is there.
func TestScanner(t *testing.T) {
	for _, text := range append([]string{
		`{ "x" : [ ] , "a" : [ 1 , { "b" : true } ] , "c" : null }`, `{"x":"]}","a\",\"b":{"\\":[[],{}]},"":7}`,
	}, seeds...) {
		if v, err := Parse([]byte(text)); err == nil {
			compareWalks(t, v)
		}
	}
}

// TestScannerSkips: what is not opened and not read is passed over, and a value is read once.
func TestScannerSkips(t *testing.T) {
	s := Scan(TrustString(`{"a":{"b":[1,[2],"]"]},"c":[{"d":1},7,{"d":2}],"e":"x"}`))
	got := ""
	for ok := s.Open(Object); ok && s.Field(); {
		if s.Named("c") && !s.Open(Object) && s.Open(List) {
			for s.Element() {
				for in := s.Open(Object); in && s.Field(); {
					got += s.Value().String() + s.Value().String() + ";"
				}
			}
		}
		if s.Named("e") {
			got += s.Value().Str()
		}
	}
	if got != "1null;2null;x" || s.Field() || s.Element() || s.Open(Object) || s.Value().Exists() {
		t.Error(got)
	}
}
