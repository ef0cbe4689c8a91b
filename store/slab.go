package store

import "slices"

// A slab keeps many small texts in a few large byte slices, so that the garbage collector has nothing to follow for
// each record. A text never moves or changes while anybody can see it: compaction copies the live texts into new
// chunks, and readers of old chunks keep those.
type slab struct {
	chunks [][]byte
	dead   int // bytes that no span refers to any more
	live   int
}

// adopt takes over a text as a chunk of its own, without copying it. Spans are then cut from it with take; until then
// all of it counts as dead.
func (s *slab) adopt(text []byte) (chunk uint32) {
	s.chunks = append(s.chunks, text[:len(text):len(text)])
	s.dead += len(text)
	return uint32(len(s.chunks) - 1)
}

func (s *slab) take(chunk uint32, offset, length int) span {
	s.dead -= length
	s.live += length
	return span{chunk, uint32(offset), uint32(length)}
}

// span is a text in a slab. The zero span is the empty text.
type span struct{ chunk, offset, length uint32 }

func (s *slab) add(text string) span {
	return put(s, text)
}

func (s *slab) addBytes(text []byte) span {
	return put(s, text)
}

func put[T string | []byte](s *slab, text T) span {
	if len(text) == 0 {
		return span{}
	}
	last := len(s.chunks) - 1
	if last < 0 || cap(s.chunks[last])-len(s.chunks[last]) < len(text) {
		// Chunks grow up to slabBytes, so that small databases stay small.
		size := min(slabBytes, slabFirstBytes<<min(len(s.chunks), 16))
		s.chunks = append(s.chunks, make([]byte, 0, max(size, len(text))))
		last++
	}
	chunk := s.chunks[last]
	offset := len(chunk)
	s.chunks[last] = append(chunk, text...)
	s.live += len(text)
	return span{uint32(last), uint32(offset), uint32(len(text))}
}

// text returns the bytes of a span, which nobody may change.
func (s *slab) text(at span) []byte {
	if at.length == 0 {
		return nil
	}
	return s.chunks[at.chunk][at.offset : at.offset+at.length : at.offset+at.length]
}

func (s *slab) drop(at span) {
	s.dead += int(at.length)
	s.live -= int(at.length)
}

// wasteful reports whether compaction would free more than it keeps.
func (s *slab) wasteful() bool { return s.dead > s.live && s.dead > 8*slabBytes }

// roomy doubles the capacity of a full list. append alone grows long lists by a quarter, which copies each entry about
// four times.
func roomy[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return slices.Grow(list, max(len(list), 16))
}
