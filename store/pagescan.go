package store

import (
	"bytes"

	"github.com/deltabase/deltabase/record"
)

// scanPage reads a page with a valid checksum that has exactly the form that encodePage writes, without looking into
// the records. It refuses every other form, and decodePage then reads the page, more slowly.
func scanPage(text []byte, model string) (rows []pageRow, ok bool) {
	s := pageScan{text: text, at: sealLength}
	s.literal(`"count":`)
	count := s.number()
	s.literal(`,"model":`)
	s.literal(string(record.AppendString(nil, model)))
	s.literal(`,"rows":[`)
	if s.failed || count > uint64(len(text)) {
		return nil, false
	}
	rows = make([]pageRow, 0, count)
	for {
		rows = append(rows, s.row())
		if s.failed {
			return nil, false
		}
		if s.at < len(text) && text[s.at] == ',' {
			s.at++
			continue
		}
		s.literal("]}")
		return rows, !s.failed && s.at == len(text) && uint64(len(rows)) == count
	}
}

// numberMax is the largest number that every JSON reader keeps exactly.
const numberMax = 1<<53 - 1

// pageScan is a position in a page. After something unexpected it stays failed.
type pageScan struct {
	text   []byte
	at     int
	failed bool
}

func (s *pageScan) row() (row pageRow) {
	s.literal(`{"seq":`)
	row.seq = s.number()
	s.literal(`,"order":`)
	row.order = s.number()
	s.literal(`,"id":"`)
	row.id = s.plainString()
	s.literal(`,"bytes":`)
	length := s.number()
	s.literal(`,"base":`)
	if s.failed || length < 2 || length > uint64(len(s.text)-s.at) {
		s.failed = true
		return row
	}
	base := s.text[s.at : s.at+int(length) : s.at+int(length)]
	s.failed = base[0] != '{' || base[length-1] != '}'
	row.base, row.offset = record.Trust(base), s.at
	s.at += int(length)
	s.literal("}")
	return row
}

func (s *pageScan) literal(expected string) {
	if s.failed || len(s.text)-s.at < len(expected) || string(s.text[s.at:s.at+len(expected)]) != expected {
		s.failed = true
		return
	}
	s.at += len(expected)
}

func (s *pageScan) number() uint64 {
	from, n := s.at, uint64(0)
	for ; s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' && n <= numberMax/10; s.at++ {
		n = n*10 + uint64(s.text[s.at]-'0')
	}
	s.failed = s.failed || s.at == from || n > numberMax
	return n
}

// plainString reads up to the closing quote of a text without escapes.
func (s *pageScan) plainString() string {
	length := bytes.IndexByte(s.text[s.at:], '"')
	if length < 0 || bytes.IndexByte(s.text[s.at:s.at+length], '\\') >= 0 {
		s.failed = true
		return ""
	}
	text := string(s.text[s.at : s.at+length])
	s.at += length + 1
	return text
}
