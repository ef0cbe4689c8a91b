package query

// Page is one page of a result. Limit 0 means no limit, whatever Number is; Number counts from 0.
type Page struct{ Limit, Number int }

// Slice returns the bounds of the page in a list of n; both are n when the page lies behind the end.
func (p Page) Slice(n int) (from, to int) {
	if p.Limit <= 0 {
		return 0, n
	}
	if p.Number > n/p.Limit { // this also keeps the product from overflowing
		return n, n
	}
	from = min(max(p.Number, 0)*p.Limit, n)
	return from, from + min(p.Limit, n-from)
}
