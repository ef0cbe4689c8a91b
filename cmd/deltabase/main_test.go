package main

import (
	"strings"
	"testing"
)

// TestMistyped: a mistyped command or flag is refused, and what was meant is told.
func TestMistyped(t *testing.T) {
	for _, one := range []struct{ typed, says string }{
		{"codgen", "codegen"},
		{"int", "init"},
		{"dev --prot 9000", "did you mean --port?"},
		{"codegen --output src", "`deltabase codegen --help`"},
		{"codegen --oot src", "did you mean --out?"},
		{"update apo", "did you mean api?"},
		{"update something", "`deltabase update --help`"},
		{"dev --port", "`deltabase dev --help`"},
		{"dev --" + strings.Repeat("x", 5000), "`deltabase dev --help`"},
	} {
		out, err := command(strings.Fields(one.typed)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), one.says) {
			t.Errorf("%s: %v, and it lacks %q:\n%s", one.typed, err, one.says, out)
		}
	}
}

func TestVersion(t *testing.T) {
	out, err := command("--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "deltabase built from ") {
		t.Errorf("%v: %s", err, out)
	}
	defer func(was string) { version = was }(version)
	version = "1.2.3"
	if root := rootCommand(); root.Version != "1.2.3" {
		t.Errorf("a release is called %s", root.Version)
	}
}

func TestDistance(t *testing.T) {
	for _, one := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"port", "port", 0}, {"prot", "port", 2}, {"por", "port", 1}, {"", "dev", 3}, {"dev", "serve", 3}} {
		if got := distance(one.a, one.b); got != one.want {
			t.Errorf("%s and %s: %d, want %d", one.a, one.b, got, one.want)
		}
	}
}
