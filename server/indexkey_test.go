package server

import (
	"cmp"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// TestKeyOrder compares keys with the values that they stand for: same order, and no value's bytes
// begin another's.
func TestKeyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x01", "a", "a\x00", "a\x00b", "aa", "ab", "b", "é", "\U0001F600"}
	ints := []int64{math.MinInt64, -1 << 53, -2, -1, 0, 1, 2, 255, 256, 1 << 53, math.MaxInt64}
	floats := []float64{-1e300, -1.5, -1, -5e-324, 0, 5e-324, 0.1, 1, 1.5, 1e300}
	for range 200 {
		ints = append(ints, int64(random.Uint64()))
		floats = append(floats, math.Float64frombits(random.Uint64()&^(1<<62)), -random.Float64())
		text := make([]byte, random.IntN(6))
		for i := range text {
			text[i] = byte(random.IntN(3))
		}
		texts = append(texts, string(text))
	}
	check(t, schema.String, texts, func(s string) record.Value { return record.OfString(s) }, strings.Compare)
	check(t, schema.AWSTimestamp, ints, record.OfInt, cmp.Compare[int64])
	check(t, schema.Float, floats, func(f float64) record.Value {
		return record.TrustString(strconv.FormatFloat(f, 'g', -1, 64))
	}, cmp.Compare[float64])
	check(t, schema.Boolean, []int{0, 1}, func(n int) record.Value { return record.OfBool(n == 1) }, cmp.Compare[int])
}

func check[V any](t *testing.T, scalar schema.Scalar, values []V, valueOf func(V) record.Value, compare func(a, b V) int) {
	t.Helper()
	f := &schema.Field{Name: "f", Type: schema.Type{Scalar: scalar}}
	for _, a := range values {
		for _, b := range values {
			first, ok := appendPart(nil, f, valueOf(a))
			other, ok2 := appendPart(nil, f, valueOf(b))
			if !ok || !ok2 || cmp.Compare(string(first), string(other)) != compare(a, b) {
				t.Fatalf("%s: %v is %x, %v is %x (%v, %v)", scalar, a, first, b, other, ok, ok2)
			}
			if strings.HasPrefix(string(other), string(first)) && compare(a, b) != 0 {
				t.Fatalf("%s: the key %x of %v begins the key %x of %v", scalar, first, a, other, b)
			}
		}
	}
}

func TestBehind(t *testing.T) {
	for prefix, want := range map[string]string{"a": "b", "a\xff": "b", "a\xff\xff": "b", "\xff": "", "": "", "a\x00": "a\x01"} {
		if got := behind(prefix); got != want {
			t.Errorf("behind %q: %q, want %q", prefix, got, want)
		}
	}
	b := bounds{"b", ""}.within(bounds{"a", "z"})
	if b != (bounds{"b", "z"}) || (bounds{"a", ""}).within(bounds{"b", ""}) != (bounds{"b", ""}) {
		t.Errorf("%q", b)
	}
}
