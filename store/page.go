package store

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// A page is one value of the pages store: up to 500 rows of one model.
//
//	key    Post/12
//	value  {"crc":"89ab01cd","count":2,"model":"Post",
//	        "rows":[{"seq":7,"order":12,"id":"1","bytes":350,"base":{...}},...]}
//
// bytes is the length of base, so that a start need not search for its end; pages of earlier releases lack it. seq is
// the commit that wrote the row: of several copies of a record, in pages and in the log, the one with the highest seq
// counts.
type pageRow struct {
	seq, order uint64
	id         string
	base       record.Value
	offset     int // of base in the page that was read, 0 if unknown
}

// size is the space that the row takes in a page, within a few bytes.
func (r *pageRow) size() int { return len(r.base.Text()) + len(r.id) + 60 }

func pageKey(model string, number uint64) string {
	return model + "/" + strconv.FormatUint(number, 10)
}

// splitPageKey reverses pageKey.
func splitPageKey(key string) (model string, number uint64, ok bool) {
	slash := strings.LastIndexByte(key, '/')
	if slash < 0 {
		return "", 0, false
	}
	number, err := strconv.ParseUint(key[slash+1:], 10, 53)
	return key[:slash], number, err == nil && number > 0
}

func encodePage(model string, rows []pageRow) []byte {
	size := 64 + len(model)
	for n := range rows {
		size += rows[n].size()
	}
	j := newSealed(size)
	j.setInt("count", int64(len(rows)))
	j.setString("model", model)
	j.list("rows", len(rows), func(n int) {
		j.setUint("seq", rows[n].seq)
		j.setUint("order", rows[n].order)
		j.setString("id", rows[n].id)
		j.setInt("bytes", int64(len(rows[n].base.Text())))
		j.setValue("base", rows[n].base)
	})
	return j.seal()
}

func decodePage(text []byte) (model string, rows []pageRow, err error) {
	root, err := unseal(text)
	if err != nil {
		return "", nil, err
	}
	model = root.Field("model").Str()
	if rows, ok := scanPage(text, model); ok {
		return model, rows, nil
	}
	rows = decodeList(root.Field("rows"), decodePageRow)
	for n := range rows {
		if rows[n].base.Kind() != record.Object {
			return "", nil, corrupt("a row in it has no base")
		}
	}
	return model, rows, nil
}

func decodePageRow(object record.Value) (row pageRow) {
	object.Fields(func(name string, value record.Value) bool {
		switch name {
		case "seq":
			row.seq = unsigned(value)
		case "order":
			row.order = unsigned(value)
		case "id":
			row.id = value.Str()
		case "base":
			row.base = value
		}
		return true
	})
	return row
}

// countOf reads how many rows a corrupt page held, 0 when that is unreadable too.
func countOf(text []byte) int {
	const name = `"count":`
	if len(text) < sealLength || !strings.HasPrefix(string(text[sealLength:]), name) {
		return 0
	}
	digits := string(text[sealLength+len(name):])
	if end := strings.IndexAny(digits, ",}"); end >= 0 {
		count, err := strconv.Atoi(digits[:end])
		if err == nil && count > 0 && count <= len(text) {
			return count
		}
	}
	return 0
}
