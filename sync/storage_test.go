package sync_test

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	engine "github.com/deltabase/deltabase/sync"
)

// Commands of stories about storage that fails.
func init() {
	add := func(name string, f func(h *host, args []string) error) { commands[name] = f }
	// vanish: the database is deleted. notice: the browser tells the host of it.
	add("vanish", func(h *host, _ []string) error { h.disk.Vanish(); return nil })
	add("notice", func(h *host, args []string) error {
		fault := store.AsFault(h.store.Check())
		if len(args) > 0 {
			fault = &store.Fault{Code: args[0], Message: "as asked for"}
		}
		if fault == nil {
			return fmt.Errorf("there is nothing to notice")
		}
		h.step(engine.StorageLost{Fault: fault})
		return nil
	})
	// capacity 900: so many bytes more fit on the disk; 0 ends the limit. reserve: it is written.
	add("capacity", func(h *host, args []string) error {
		bytes := int(number(args[0]))
		if bytes > 0 {
			bytes += h.disk.Used()
		}
		h.disk.SetCapacity(bytes)
		return nil
	})
	add("reserve", func(h *host, _ []string) error {
		for {
			if more, err := h.store.Fold(); err != nil || !more {
				return err
			}
		}
	})
	add("ephemeral", func(h *host, _ []string) error { h.ephemeral = true; return nil })
	add("unknown", func(h *host, args []string) error {
		h.faults = append(h.faults, &store.Fault{Code: store.CodeUnknown, Message: strings.Join(args, " ")})
		return nil
	})
	// slow: the host says that what is under way takes long.
	add("slow", func(h *host, _ []string) error { h.step(engine.StorageSlow{}); return nil })
	// marked A "x+": the tab starts and remembers that marker.
	add("marked", func(h *host, args []string) error {
		h.step(engine.Start{Call: h.newCall(args[0]), Marker: record.TrustString(args[1])})
		return nil
	})
}

func (h *host) rebuild(e engine.Rebuild) {
	h.say("rebuild %s", describeCommit(e.Whole))
	err := h.store.Rebuild(e.Whole)
	if err != nil {
		h.later(engine.CommitFailed{Effect: e.ID, Fault: store.AsFault(err)})
		return
	}
	h.later(engine.Committed{Effect: e.ID})
}
