package sync

func (e *Engine) gate(ev Gate) {
	moved := e.link.SetGate(ev.Closed)
	e.out.Emit(SetGate{Closed: ev.Closed})
	if moved && e.running && e.phase == ready && e.setup.Config.Endpoint != "" {
		e.link.GateMoved()
	}
	e.line.Reply(ev.Call, nil)
}
