package store

import "slices"

// A slab keeps many small texts in few large byte slices, so that the garbage collector has
// nothing to look at per record. Texts never move or change while they can be seen: compaction
// copies the live ones into new chunks and leaves the old chunks to whoever still reads them.
type slab struct {
	chunks [][]byte
	dead   int // bytes that no span names any more
	live   int
}

// adopt takes a text over as a chunk of its own, without a copy: spans are cut from it with take. All of it is dead
// until then.
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
		// Small databases stay small: chunks grow up to slabBytes.
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

// text returns the bytes of a span; nobody may change them.
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

// wasteful reports whether copying the live texts together would free more than it keeps.
func (s *slab) wasteful() bool { return s.dead > s.live && s.dead > 8*slabBytes }

// roomy gives a full list twice its room. append alone grows long lists by a quarter, and copies each entry four times
// until it is through.
func roomy[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return slices.Grow(list, max(len(list), 16))
}
