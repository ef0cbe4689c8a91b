package sync_test

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	engine "github.com/deltabase/deltabase/sync"
)

// addServer: the server, the network and the socket.
func addServer(add adder) {
	add("plain", func(h *host, _ []string) error { h.server.plain = true; return nil })
	add("strategy", func(h *host, args []string) error {
		h.server.strategy = conflict.Strategy(args[0])
		return nil
	})
	add("others", func(h *host, args []string) error { return h.others(args) })
	add("refuse", func(h *host, args []string) error { h.server.refuse[args[0]] = args[1]; return nil })
	add("accept", func(h *host, args []string) error { delete(h.server.refuse, args[0]); return nil })
	add("lacks", func(h *host, args []string) error { h.server.lacks[args[0]] = true; return nil })
	add("nulls", func(h *host, args []string) error { h.server.nulls[args[0]] = true; return nil })
	add("hides", func(h *host, args []string) error { h.server.hides[args[0]] = args[1]; return nil })
	add("purge", func(h *host, args []string) error { delete(h.server.rows, args[0]); return nil })
	// backup Post {...}: the server is restored from a backup that has this row so.
	add("backup", func(h *host, args []string) error {
		v, _ := value(args, 1)
		id, err := h.schema.Model(args[0]).RecordID(v)
		h.server.restored = true
		h.server.rows[args[0]+"/"+id] = h.server.complete(h.schema.Model(args[0]), v)
		return err
	})
	add("pagerows", func(h *host, args []string) error { h.server.pageRows = int(number(args[0])); return nil })
	add("fill", func(h *host, args []string) error {
		for i := range number(args[1]) {
			row := fmt.Sprintf(`{"id":"f%04d","title":"film %d"}`, i, i)
			if err := h.others([]string{args[0], "create", row}); err != nil {
				return err
			}
		}
		return nil
	})
	add("serve", func(h *host, args []string) error {
		if len(args) == 0 {
			h.serve()
			return nil
		}
		s, err := h.find(strings.Join(args, " "))
		if err == nil {
			h.step(engine.Answered{Effect: s.ID, Status: 200, Body: h.server.serve(s.Body)})
		}
		return err
	})
	addAnswers(add)
	addSocket(add)
}

// addAnswers: what becomes of requests.
func addAnswers(add adder) {
	// lose push: the server applies it, the answer never comes. drop push: it never arrives.
	lose := func(applied bool, code string) func(h *host, args []string) error {
		return func(h *host, args []string) error {
			s, err := h.find(strings.Join(args, " "))
			if err != nil {
				return err
			}
			if applied {
				h.server.serve(s.Body)
			}
			h.step(engine.SendFailed{Effect: s.ID, Code: code, Message: "the network failed"})
			return nil
		}
	}
	add("lose", lose(true, "network"))
	add("drop", lose(false, "network"))
	add("timeout", lose(false, "timeout"))
	// status 503 push [retry-after ms]
	add("status", func(h *host, args []string) error {
		s, err := h.find(args[1])
		if err != nil {
			return err
		}
		ev := engine.Answered{Effect: s.ID, Status: int(number(args[0])), Body: []byte("no")}
		if len(args) > 2 {
			ev.RetryAfterMs = number(args[2])
		}
		h.step(ev)
		return nil
	})
	// respond push {...}: this very body.
	add("respond", func(h *host, args []string) error {
		s, err := h.find(args[0])
		if err == nil {
			h.step(engine.Answered{Effect: s.ID, Status: 200, Body: []byte(strings.Join(args[1:], " "))})
		}
		return err
	})
}

func addSocket(add adder) {
	add("connect", func(h *host, _ []string) error { return h.connect() })
	add("open", func(h *host, _ []string) error { h.step(engine.SocketOpened{Effect: h.socket}); return nil })
	add("ackall", func(h *host, _ []string) error { return h.ackAll() })
	add("deliver", func(h *host, _ []string) error {
		for h.trail < len(h.server.changed) {
			h.deliver()
		}
		return nil
	})
	add("sever", func(h *host, _ []string) error {
		id := h.socket
		h.socket, h.subs = 0, nil
		h.step(engine.SocketClosed{Effect: id, Reason: "severed"})
		return nil
	})
	// frame {...}: a frame as text. data onUpdatePost {...}: a row to that subscription.
	add("frame", func(h *host, args []string) error {
		h.step(engine.SocketMessage{Effect: h.socket, Text: []byte(strings.Join(args, " "))})
		return nil
	})
	add("data", func(h *host, args []string) error {
		v, _ := value(args, 1)
		for _, sub := range h.subs {
			if name, id, _ := strings.Cut(sub, " "); name == args[0] {
				h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.DataFrame(id, name, v).Text()})
				return nil
			}
		}
		return fmt.Errorf("nobody subscribed to %s", args[0])
	})
}
