package sim

// dice is a source of randomness that is made of numbers. Each entry of a plan has its own, made
// from the seed and the entry's number, so that leaving one entry out changes no other.
type dice struct{ state uint64 }

// roll makes dice of any numbers; the same numbers give the same dice.
func roll(parts ...uint64) *dice {
	d := &dice{state: 0x9e3779b97f4a7c15}
	for _, p := range parts {
		d.state ^= p
		d.next()
	}
	return d
}

// next is splitmix64.
func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws 0 to n-1; n is positive and small.
func (d *dice) below(n int) int { return int(d.next() >> 1 % uint64(n)) }

// between draws from low to high, both included.
func (d *dice) between(low, high int64) int64 { return low + int64(d.next()>>1%uint64(high-low+1)) }

func (d *dice) chance(p float64) bool { return float64(d.next()>>11)/(1<<53) < p }

// one draws an element.
func one[T any](d *dice, list ...T) T { return list[d.below(len(list))] }

// hashOf makes a number of a text (FNV-1a).
func hashOf(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(text); i++ {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// favourite picks the text that these dice like best. Taking another candidate away changes the
// choice only if that one was it, so that shortened plans stay alike.
func favourite(salt uint64, candidates []string) string {
	best, most := "", uint64(0)
	for _, c := range candidates {
		if liking := roll(salt, hashOf(c)).next(); best == "" || liking > most {
			best, most = c, liking
		}
	}
	return best
}
