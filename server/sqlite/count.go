package sqlite

// Count returns how many rows a model has, tombstones included. It reads the index by position, which
// has no texts: a million rows are a few megabytes of it.
func (r *reader) Count(model string) (n int64, err error) {
	err = r.tx.Stmt(r.s.count).QueryRow(model).Scan(&n)
	return n, err
}
