package sim

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

// hub is the realtime host of the world: it carries frames between engines and the server's Hub.
type hub struct {
	world       *World
	core        *server.Hub
	connections map[server.ConnID]*connection
	last        server.ConnID
}

// connection is one socket, seen from both ends. Frames of one direction arrive in order.
type connection struct {
	hub      *hub
	process  *process
	effect   uint64
	id       server.ConnID
	open     bool
	halfOpen bool              // nothing gets through any more, and nobody is told
	starts   map[string]string // frames that start subscriptions, by id
	upMs     int64             // when the last frame of a direction arrives
	downMs   int64
}

func newHub(w *World, s *server.Server) *hub {
	return &hub{world: w, core: s.NewHub(), connections: map[server.ConnID]*connection{}}
}

func (w *World) dial(p *process, f engine.OpenSocket) {
	c := &connection{hub: w.hub, process: p, effect: f.ID, starts: map[string]string{}}
	if p.device.cut && p.device.hole && !p.device.gate {
		return // nothing answers
	}
	if p.device.cut || p.device.gate || w.down || w.active(RealtimeFault, p.device) != nil || w.hit(LoseRequestFault, p.device) != nil {
		w.after(w.latency(p.device), func() { c.tell(engine.SocketClosed{Effect: f.ID, Code: 1006}) })
		return
	}
	p.sockets[f.ID] = c
	w.oracle.watching(p).refused = nil
	credentials := server.Credentials{}
	for _, protocol := range f.Protocols {
		if object, err := appsync.ParseProtocol(protocol); err == nil && protocol != appsync.Subprotocol {
			credentials = server.CredentialsOf(object)
		}
	}
	if w.active(ExpiredFault, p.device) != nil {
		credentials = expiredCredentials(credentials)
	}
	c.open = true
	c.down(func() {
		if c.hub != w.hub || w.down {
			c.sever() // the server that was dialled is gone
			return
		}
		c.id = c.hub.core.Connect(credentials, nil)
		c.hub.connections[c.id] = c
		c.hub.last = max(c.hub.last, c.id)
		c.tell(engine.SocketOpened{Effect: f.ID})
	})
}

// tell steps an event in the engine that dialled.
func (c *connection) tell(event engine.Event) { c.process.deliver(event) }

// down plans something that arrives at the device, up something that arrives at the server. A
// connection loses nothing from the middle: while a direction is silent, frames wait.
func (c *connection) down(f func()) {
	c.downMs = c.travel(c.downMs, SilentDownFault)
	c.hub.world.after(c.downMs-c.hub.world.nowMs, func() { c.pass(f) })
}

func (c *connection) up(f func()) {
	c.upMs = c.travel(c.upMs, SilentUpFault)
	c.hub.world.after(c.upMs-c.hub.world.nowMs, func() { c.pass(f) })
}

func (c *connection) travel(lastMs int64, silence FaultKind) int64 {
	w := c.hub.world
	from := w.nowMs
	if open := w.active(silence, c.process.device); open != nil {
		from = open.endMs
	}
	return max(lastMs, from+w.latency(c.process.device))
}

func (c *connection) pass(f func()) {
	if c.open && !c.halfOpen {
		f()
	}
}

func (c *connection) write(text []byte) {
	c.up(func() {
		id := frameOf(text, "start")
		if id != "" {
			c.starts[id] = string(text)
		}
		if id != "" && c.hub.world.active(RefusedFault, c.process.device) != nil {
			d := roll(c.hub.world.plan.Seed, ofServer, hashOf(id), uint64(c.hub.world.nowMs))
			kind := one(d, "MaxSubscriptionsReachedError", appsync.Unauthorized, "InternalFailure")
			refusal := appsync.ErrorFrame(id, appsync.Error{Type: kind, Message: "No subscription for you."}).Text()
			c.hub.world.oracle.turnedAway(c.process, c.starts[id])
			c.down(func() { c.tell(engine.SocketMessage{Effect: c.effect, Text: refusal}) })
			return
		}
		c.hub.deliver(c.hub.core.Receive(c.id, c.hub.world.serverMs(), text))
	})
}

// frameOf is the id of a frame of a kind, "" for other frames.
func frameOf(text []byte, kind string) string {
	frame := record.Trust(text)
	if frame.Field("type").Str() != kind {
		return ""
	}
	return frame.Field("id").Str()
}

// withoutAnnouncement is a connection_ack as plain AppSync sends it: there each model has subscriptions
// of its own.
func withoutAnnouncement(text []byte) []byte {
	f, err := appsync.ParseFrame(text)
	if err != nil || !f.Multiplexes() {
		return text
	}
	f.Payload = record.Without(f.Payload, "extensions")
	return f.Text()
}

// drop ends a connection without telling the engine.
func (c *connection) drop() {
	if c.open {
		c.open = false
		if c.hub.connections[c.id] == c {
			c.hub.core.Disconnect(c.id)
			delete(c.hub.connections, c.id)
		}
	}
}

// sever ends a connection and lets the engine find out.
func (c *connection) sever() { c.end(1006) }

// end is sever with a code.
func (c *connection) end(code int) {
	if c.open {
		c.drop()
		c.hub.world.after(c.hub.world.latency(c.process.device), func() {
			delete(c.process.sockets, c.effect)
			c.tell(engine.SocketClosed{Effect: c.effect, Code: code})
		})
	}
}

// each calls f for every connection, in the order in which they came.
func (h *hub) each(f func(*connection)) {
	for id := server.ConnID(1); id <= h.last; id++ {
		if c := h.connections[id]; c != nil {
			f(c)
		}
	}
}

func (h *hub) closeAll() { h.each((*connection).sever) }

func (h *hub) publish() {
	out, err := h.core.Publish()
	h.deliver(out)
	if err != nil {
		h.world.publishSoon() // as the native host does
	}
}

func (h *hub) deliver(out []server.Out) {
	for _, o := range out {
		c := h.connections[o.Conn]
		if c == nil {
			continue
		}
		if len(o.Text) > 0 {
			text := o.Text
			if id := frameOf(text, "error"); id != "" {
				h.world.oracle.turnedAway(c.process, c.starts[id])
			}
			if h.world.plan.Setup.Plain {
				text = withoutAnnouncement(text)
			}
			event := h.world.oracle.published(c, text)
			c.down(func() {
				h.world.oracle.heard(c.process, event)
				c.tell(engine.SocketMessage{Effect: c.effect, Text: text})
			})
		}
		if o.Close != 0 {
			c.end(o.Close)
		}
	}
}
