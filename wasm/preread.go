package main

import "github.com/deltabase/deltabase/store"

// preread is what the host reads of the database while the module is fetched and compiled. The engine's goroutine
// gathers it from packets, the disk's goroutine takes it with its first load.
type preread struct {
	gathered store.Preread
	done     chan store.Preread
	// expected is set with the version packet; from the first load on it is the disk's.
	expected bool
}

func (p *preread) add(got packet) {
	area := store.Area(got.text(0))
	for n := 1; n+1 < len(got.parts); n += 2 {
		p.gathered.Entries = append(p.gathered.Entries, store.Entry{Area: area, Key: got.text(n), Text: got.part(n + 1)})
	}
}

func (p *preread) end(got packet) {
	p.gathered.Whole, p.gathered.Damage = got.text(0) == "1", got.text(1)
	select {
	case p.done <- p.gathered:
	default: // it ended before
	}
	p.gathered = store.Preread{}
}

// take waits for all of it. It gives nothing the second time: by then the database may have changed.
func (p *preread) take() store.Preread {
	if !p.expected {
		return store.Preread{}
	}
	p.expected = false
	return <-p.done
}

// drop lets go of what the first load did not take.
func (p *preread) drop() {
	p.expected = false
	select {
	case <-p.done:
	default:
	}
}
