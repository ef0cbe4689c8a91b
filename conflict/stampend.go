package conflict

// stampAtEnd reads the metadata fields if they are the last fields of a row, in the order in which servers send them
// and WithStamp writes them. It does not look at the fields before them. ok is false for every other form.
func stampAtEnd(text []byte) (s Stamp, ok bool) {
	t := tail(text)
	switch {
	case t.cut(`,"_deleted":null}`), t.cut(`,"_deleted":false}`):
	case t.cut(`,"_deleted":true}`):
		s.Deleted = true
	default:
		return Stamp{}, false
	}
	if s.ChangedAt, ok = t.number(); !ok || !t.cut(`,"_lastChangedAt":`) {
		return Stamp{}, false
	}
	if s.Version, ok = t.number(); !ok || !t.cut(`,"_version":`) {
		return Stamp{}, false
	}
	return s, true
}

// tail is the part of a text that is not read yet, while it is read from its end.
type tail []byte

func (t *tail) cut(end string) bool {
	at := len(*t) - len(end)
	if at < 0 || string((*t)[at:]) != end {
		return false
	}
	*t = (*t)[:at]
	return true
}

// number reads a whole number of up to 15 digits from the end.
func (t *tail) number() (n int64, ok bool) {
	unit := int64(1)
	for at := len(*t) - 1; at >= 0 && unit <= 1e15; at-- {
		digit := (*t)[at]
		if digit < '0' || digit > '9' {
			*t = (*t)[:at+1]
			return n, unit > 1
		}
		n += int64(digit-'0') * unit
		unit *= 10
	}
	return 0, false
}
