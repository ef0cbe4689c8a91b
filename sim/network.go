package sim

import (
	"github.com/deltabase/deltabase/server"
	engine "github.com/deltabase/deltabase/sync"
)

const apiKey = "da2-simulated"

// Network says how requests fare. The probabilities are of 1.
type Network struct {
	LatencyMs    int64
	LoseRequest  float64 // the server never hears of it
	LoseResponse float64 // the server did it, the answer is lost
	Requests     int     // that reached the server
	RowsOnWire   int     // items of sync pages that were answered
}

// send carries out a Send effect for a device.
func (w *World) send(d *Device, s engine.Send) {
	life := d.life
	answer := func(delayMs int64, event engine.Event) {
		w.after(delayMs, func() {
			if d.life == life && !d.cancelled[s.ID] {
				d.Step(event)
			}
		})
	}
	lost := engine.SendFailed{Effect: s.ID, Code: "network", Message: "The connection was lost."}
	if d.cut || w.random.Float64() < w.Net.LoseRequest {
		answer(w.latency(), lost)
		return
	}
	w.after(w.latency(), func() {
		status, body := w.serve(s)
		if d.cut || w.random.Float64() < w.Net.LoseResponse {
			answer(w.latency(), lost)
			return
		}
		answer(w.latency(), engine.Answered{Effect: s.ID, Status: status, Body: body})
	})
}

func (w *World) latency() int64 {
	return w.Net.LatencyMs/2 + w.random.Int64N(w.Net.LatencyMs+1)
}

// serve is what the native host does with a POST.
func (w *World) serve(s engine.Send) (status int, body []byte) {
	w.Net.Requests++
	credentials := server.Credentials{}
	for _, h := range s.Headers {
		if h[0] == "x-api-key" {
			credentials.APIKey = h[1]
		}
	}
	answer := w.Server.Handle(server.Call{NowMs: w.nowMs}, credentials, s.Body)
	for _, t := range answer.Trace {
		if t.Kind == "sync" {
			w.Net.RowsOnWire += t.Items
		}
	}
	if answer.Committed {
		w.hub.publish()
	}
	return answer.Status, answer.Body
}
