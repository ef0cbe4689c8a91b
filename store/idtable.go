package store

// idTable gives each id of a model a small number, its slot, without a pointer for each id. It is a hash table of its
// own because a start and an initial sync look up every id twice, and a Go map costs several times as much in
// WebAssembly.
type idTable struct {
	texts   slab
	buckets []int32 // the first slot of each bucket, plus one; their number is a power of two
	used    int
	slots   []idSlot
	free    []int32
}

type idSlot struct {
	text span
	hash uint32
	next int32 // the next slot of the bucket, plus one
}

const idBucketsMin = 16

func hashID(id string) uint32 {
	hash := uint32(2166136261)
	for n := range len(id) {
		hash = (hash ^ uint32(id[n])) * 16777619
	}
	return hash ^ hash>>15 // the low bits choose the bucket
}

func (t *idTable) bucket(hash uint32) *int32 { return &t.buckets[hash&uint32(len(t.buckets)-1)] }

// find returns the slot of an id, -1 when there is none.
func (t *idTable) find(id string) int32 { return t.findHashed(id, hashID(id)) }

func (t *idTable) findHashed(id string, hash uint32) int32 {
	if len(t.buckets) == 0 {
		return -1
	}
	for at := *t.bucket(hash); at > 0; at = t.slots[at-1].next {
		if known := &t.slots[at-1]; known.hash == hash && string(t.texts.text(known.text)) == id {
			return at - 1
		}
	}
	return -1
}

// slot returns the slot of an id, and makes one if there is none.
func (t *idTable) slot(id string) int32 {
	hash := hashID(id)
	if found := t.findHashed(id, hash); found >= 0 {
		return found
	}
	if t.used >= len(t.buckets) {
		t.grow()
	}
	first := t.bucket(hash)
	made := idSlot{text: t.texts.add(id), hash: hash, next: *first}
	var slot int32
	if last := len(t.free) - 1; last >= 0 {
		slot = t.free[last]
		t.free = t.free[:last]
		t.slots[slot] = made
	} else {
		slot = int32(len(t.slots))
		t.slots = append(roomy(t.slots), made)
	}
	*first = slot + 1
	t.used++
	return slot
}

// grow makes four times as many buckets and distributes the slots of each old one among them.
func (t *idTable) grow() {
	old := t.buckets
	t.buckets = make([]int32, max(idBucketsMin, 4*len(old)))
	for _, at := range old {
		for at > 0 {
			known := &t.slots[at-1]
			first := t.bucket(known.hash)
			at, known.next, *first = known.next, *first, at
		}
	}
}

// release frees a slot for use by another id.
func (t *idTable) release(slot int32) {
	at := t.bucket(t.slots[slot].hash)
	for *at != slot+1 {
		at = &t.slots[*at-1].next
	}
	*at = t.slots[slot].next
	t.texts.drop(t.slots[slot].text)
	t.slots[slot] = idSlot{}
	t.free = append(t.free, slot)
	t.used--
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
