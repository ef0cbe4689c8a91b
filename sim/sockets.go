package sim

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

// hub is the realtime host of the world: it carries frames between devices and the server's Hub.
type hub struct {
	world       *World
	core        *server.Hub
	connections map[server.ConnID]*connection
}

// connection is one socket, seen from both ends. Frames of one direction arrive in order.
type connection struct {
	hub    *hub
	device *Device
	effect uint64
	id     server.ConnID
	life   int
	open   bool
	upMs   int64 // when the last frame of a direction arrives
	downMs int64
}

func newHub(w *World) *hub {
	return &hub{world: w, core: w.Server.NewHub(), connections: map[server.ConnID]*connection{}}
}

func (w *World) dial(d *Device, f engine.OpenSocket) {
	c := &connection{hub: w.hub, device: d, effect: f.ID, life: d.life}
	if d.cut {
		w.after(w.latency(), func() { c.tell(engine.SocketClosed{Effect: f.ID, Code: 1006}) })
		return
	}
	d.sockets[f.ID] = c
	credentials := server.Credentials{}
	for _, p := range f.Protocols {
		if object, err := appsync.ParseProtocol(p); err == nil && p != appsync.Subprotocol {
			credentials = server.CredentialsOf(object)
		}
	}
	c.open = true
	c.down(func() {
		c.id = c.hub.core.Connect(credentials, nil)
		c.hub.connections[c.id] = c
		c.tell(engine.SocketOpened{Effect: f.ID})
	})
}

// tell steps an event, if the engine that dialled still lives.
func (c *connection) tell(event engine.Event) {
	if c.device.life == c.life {
		c.device.Step(event)
	}
}

// down plans something that arrives at the device, up something that arrives at the server.
func (c *connection) down(f func()) {
	c.downMs = max(c.downMs, c.hub.world.nowMs+c.hub.world.latency())
	c.hub.world.after(c.downMs-c.hub.world.nowMs, func() {
		if c.open {
			f()
		}
	})
}

func (c *connection) write(text []byte) {
	c.upMs = max(c.upMs, c.hub.world.nowMs+c.hub.world.latency())
	c.hub.world.after(c.upMs-c.hub.world.nowMs, func() {
		if c.open {
			c.hub.deliver(c.hub.core.Receive(c.id, c.hub.world.nowMs, text))
		}
	})
}

// drop ends a connection without telling the device.
func (c *connection) drop() {
	if c.open {
		c.open = false
		c.hub.core.Disconnect(c.id)
		delete(c.hub.connections, c.id)
	}
}

// sever ends a connection and lets the device find out.
func (c *connection) sever() {
	if c.open {
		c.drop()
		c.hub.world.after(c.hub.world.latency(), func() {
			delete(c.device.sockets, c.effect)
			c.tell(engine.SocketClosed{Effect: c.effect, Code: 1006})
		})
	}
}

func (h *hub) closeAll() {
	for id := server.ConnID(1); len(h.connections) > 0; id++ {
		if c := h.connections[id]; c != nil {
			c.sever()
		}
	}
}

func (h *hub) publish() {
	out, err := h.core.Publish()
	if err != nil {
		panic(err) // tables in memory do not fail here
	}
	h.deliver(out)
}

func (h *hub) deliver(out []server.Out) {
	for _, o := range out {
		c := h.connections[o.Conn]
		if c == nil {
			continue
		}
		if len(o.Text) > 0 {
			text := o.Text
			c.down(func() { c.tell(engine.SocketMessage{Effect: c.effect, Text: text}) })
		}
		if o.Close != 0 {
			c.sever()
		}
	}
}
