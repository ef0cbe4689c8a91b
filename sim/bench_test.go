package sim

import "testing"

// BenchmarkSeed plays one seed after the other.
func BenchmarkSeed(b *testing.B) {
	for n := range b.N {
		RunSeed(uint64(1_000 + n))
	}
}
