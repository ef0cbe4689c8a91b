package store

// A slab keeps many small texts in few large byte slices, so that the garbage collector has
// nothing to look at per record. Texts never move or change while they can be seen: compaction
// copies the live ones into new chunks and leaves the old chunks to whoever still reads them.
type slab struct {
	chunks [][]byte
	dead   int // bytes that no span names any more
	live   int
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

// idTable gives each id of a model a small number, its slot, without a pointer per id.
type idTable struct {
	texts slab
	heads map[uint64]int32 // hash of the id -> first slot with it, plus one
	slots []idSlot
	free  []int32
}

type idSlot struct {
	text span
	next int32 // the next slot with the same hash, plus one
}

func hashID(id string) uint64 {
	hash := uint64(14695981039346656037)
	for n := range len(id) {
		hash = (hash ^ uint64(id[n])) * 1099511628211
	}
	return hash
}

// find returns the slot of an id, -1 when there is none.
func (t *idTable) find(id string) int32 {
	for at := t.heads[hashID(id)]; at > 0; at = t.slots[at-1].next {
		if string(t.texts.text(t.slots[at-1].text)) == id {
			return at - 1
		}
	}
	return -1
}

// slot returns the slot of an id and makes one where there is none.
func (t *idTable) slot(id string) int32 {
	if found := t.find(id); found >= 0 {
		return found
	}
	if t.heads == nil {
		t.heads = map[uint64]int32{}
	}
	hash := hashID(id)
	made := idSlot{text: t.texts.add(id), next: t.heads[hash]}
	var slot int32
	if last := len(t.free) - 1; last >= 0 {
		slot = t.free[last]
		t.free = t.free[:last]
		t.slots[slot] = made
	} else {
		slot = int32(len(t.slots))
		t.slots = append(t.slots, made)
	}
	t.heads[hash] = slot + 1
	return slot
}

// release frees a slot for another id.
func (t *idTable) release(slot int32) {
	hash := hashID(t.id(slot))
	next := t.slots[slot].next
	if t.heads[hash] == slot+1 {
		if next == 0 {
			delete(t.heads, hash)
		} else {
			t.heads[hash] = next
		}
	} else {
		for at := t.heads[hash]; at > 0; at = t.slots[at-1].next {
			if t.slots[at-1].next == slot+1 {
				t.slots[at-1].next = next
				break
			}
		}
	}
	t.texts.drop(t.slots[slot].text)
	t.slots[slot] = idSlot{}
	t.free = append(t.free, slot)
	if t.texts.wasteful() {
		t.compact()
	}
}

func (t *idTable) compact() {
	var texts slab
	for n := range t.slots {
		t.slots[n].text = texts.addBytes(t.texts.text(t.slots[n].text))
	}
	t.texts = texts
}

func (t *idTable) id(slot int32) string { return string(t.texts.text(t.slots[slot].text)) }
