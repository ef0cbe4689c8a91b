package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

const (
	journalPrefix = "journal/"
	salvagePrefix = "salvage/"
)

// journalEntry is an end of a mutation, with the commit that recorded it.
type journalEntry struct {
	seq   uint64
	ended Ended
}

// journalChunk is one value of the meta store. It holds ends whose log rows were deleted.
//
//	key    journal/3
//	value  {"crc":"89ab01cd","entries":[{"seq":7,"id":"m1","end":"acknowledged",...},...]}
type journalChunk struct {
	number  uint64
	entries []journalEntry
}

func (c *journalChunk) key() string { return journalPrefix + strconv.FormatUint(c.number, 10) }

func (c *journalChunk) encode() []byte {
	j := newSealed(64 + 192*len(c.entries))
	j.list("entries", len(c.entries), func(n int) {
		j.setUint("seq", c.entries[n].seq)
		j.setEnded(&c.entries[n].ended)
	})
	return j.seal()
}

func decodeJournalChunk(key string, text []byte) (*journalChunk, error) {
	root, err := unseal(text)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(strings.TrimPrefix(key, journalPrefix), 10, 53)
	if err != nil {
		return nil, corrupt("its key has no number")
	}
	entries := decodeList(root.Field("entries"), func(object record.Value) journalEntry {
		return journalEntry{unsigned(object.Field("seq")), decodeEnded(object)}
	})
	return &journalChunk{number, entries}, nil
}

// chunks are the parts of the journal in the meta store, oldest first.
type chunks []*journalChunk

// add adds entries and returns the chunks as they will be after the transaction. The oldest chunk is dropped when the
// newer ones hold enough entries.
func (list chunks) add(entries []journalEntry, steps *ops) chunks {
	if len(entries) == 0 {
		return list
	}
	after := slices.Clone(list)
	for len(entries) > 0 {
		last := &journalChunk{number: 1}
		if n := len(after); n > 0 {
			last = after[n-1]
			if len(last.entries) >= journalChunkEntries {
				last = &journalChunk{number: last.number + 1}
			} else {
				after = after[:n-1]
			}
		}
		room := min(len(entries), journalChunkEntries-len(last.entries))
		grown := &journalChunk{last.number, append(slices.Clone(last.entries), entries[:room]...)}
		entries = entries[room:]
		steps.put(MetaArea, grown.key(), grown.encode())
		after = append(after, grown)
	}
	younger := -len(after[0].entries)
	for _, chunk := range after {
		younger += len(chunk.entries)
	}
	for len(after) > 1 && younger >= journalEntriesMax {
		steps.delete(MetaArea, after[0].key())
		after = after[1:]
		younger -= len(after[0].entries)
	}
	return after
}

// A meta value is {"crc":"89ab01cd","value":...}.
func encodeMetaValue(value record.Value) []byte {
	j := newSealed(16 + len(value.Text()))
	j.setValue("value", value)
	return j.seal()
}

func decodeMetaValue(text []byte) (record.Value, error) {
	root, err := unseal(text)
	if err != nil {
		return record.Value{}, err
	}
	value := root.Field("value")
	if !value.Exists() {
		return record.Value{}, corrupt("it has no value")
	}
	return value, nil
}
