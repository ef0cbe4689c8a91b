package clock

// Random draws the next number of this event's own sequence (splitmix64). So one event can feed several draws, and the
// same events give the same effects.
func (c *Clock) Random() uint64 {
	c.seed += 0x9e3779b97f4a7c15
	z := c.seed
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// Backoff is a delay with full jitter: anything from 1 ms to base doubled for each attempt after
// the first, up to the cap. Full jitter spreads clients that failed together.
func (c *Clock) Backoff(baseMs, capMs int64, attempt int) int64 {
	most := capMs
	if attempt < 1 {
		attempt = 1
	}
	if shift := attempt - 1; shift < 32 && baseMs<<shift < capMs {
		most = baseMs << shift
	}
	return 1 + int64(c.Random()%uint64(most))
}

// Retry is the backoff of network work. It is never shorter than what a Retry-After asks for.
func (c *Clock) Retry(attempt int, retryAfterMs int64) int64 {
	delay := c.Backoff(retryBaseMs, retryCapMs, attempt)
	return max(delay, Asked(retryAfterMs))
}

// Asked is what a Retry-After asks for, up to the longest delay that the engine honours.
func Asked(retryAfterMs int64) int64 { return min(retryAfterMs, retryAfterMsMax) }
