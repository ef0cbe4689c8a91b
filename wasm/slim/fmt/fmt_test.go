package fmt

import (
	"errors"
	"testing"
)

type named string

func (n named) String() string { return "named " + string(n) }

func TestSprintf(t *testing.T) {
	for _, c := range []struct {
		format string
		values []any
		want   string
	}{
		{"plain", nil, "plain"},
		{"100%%", nil, "100%"},
		{"%d and %d", []any{1, uint(2)}, "1 and 2"},
		{"%+v: %w", []any{named("x"), errors.New("no")}, "named x: no"},
		{"%-5s|%q %v %v", []any{"a", "b", true, nil}, "a|b true <nil>"},
		{"%s", nil, "%!(missing)"},
		{"%v", []any{struct{}{}}, "a value without a text"},
		{"end %", nil, "end %!(missing)"},
	} {
		if got := Sprintf(c.format, c.values...); got != c.want {
			t.Errorf("Sprintf(%q) = %q, want %q", c.format, got, c.want)
		}
	}
}

func TestErrorfUnwraps(t *testing.T) {
	cause := errors.New("cause")
	if err := Errorf("while opening: %w", cause); !errors.Is(err, cause) || err.Error() != "while opening: cause" {
		t.Errorf("got %v", err)
	}
	if err := Errorf("version %d", 2); errors.Unwrap(err) != nil || err.Error() != "version 2" {
		t.Errorf("got %v", err)
	}
}
