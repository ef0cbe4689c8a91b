package main

import (
	"strconv"

	engine "github.com/deltabase/deltabase/sync"
)

// carryOut does what the engine asked for: reads and writes go to the disk goroutine, everything
// else leaves as a packet for the host.
func (h *host) carryOut(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.Load:
		h.disk.load(e.ID, h.schema)
	case engine.Commit:
		h.disk.commit(e.ID, e.Commit)
	case engine.Rebuild:
		h.disk.rebuild(e.ID, e.Whole)
	case engine.Fold:
		h.disk.fold()
	case engine.Reply:
		h.reply(e)
	case engine.Halt:
		h.disk.close()
		h.send(outHalt, 0, []byte(e.Err.Code), []byte(e.Err.Message))
	case engine.SetGate:
		h.send(outSetGate, 0, flag(e.Closed))
	case engine.Wake:
		h.send(outWake, 0, decimal(e.AtMs))
	default:
		h.carryOutside(effect)
	}
}

// carryOutside sends the effects that concern tabs and the network.
func (h *host) carryOutside(effect engine.Effect) {
	switch e := effect.(type) {
	case engine.Notify:
		h.send(outNotify, uint64(e.Observer), []byte(e.Tab), e.Body)
	case engine.Report:
		h.send(outReport, 0, []byte(e.Tab), e.Body)
	case engine.Announce:
		h.send(outAnnounce, 0, []byte(e.Tab), []byte(e.Event), e.Data)
	case engine.AskHandler:
		h.send(outAskHandler, e.ID, []byte(e.Tab), e.Conflict)
	case engine.AskMigration:
		h.send(outAskMigration, e.ID, []byte(e.Tab), e.Change)
	case engine.AskToken:
		h.send(outAskToken, e.ID, []byte(e.Tab), []byte(e.Mode), flag(e.Refresh))
	case engine.Send:
		parts := [][]byte{[]byte(e.Name), []byte(e.URL), decimal(e.TimeoutMs), e.Body}
		for _, header := range e.Headers {
			parts = append(parts, []byte(header[0]), []byte(header[1]))
		}
		h.send(outSend, e.ID, parts...)
	case engine.OpenSocket:
		parts := [][]byte{[]byte(e.URL)}
		for _, protocol := range e.Protocols {
			parts = append(parts, []byte(protocol))
		}
		h.send(outOpenSocket, e.ID, parts...)
	case engine.WriteSocket:
		h.send(outWriteSocket, e.ID, e.Text)
	case engine.CloseSocket:
		h.send(outCloseSocket, e.ID, decimal(int64(e.Code)))
	case engine.Cancel:
		h.send(outCancel, e.ID)
	}
}

func (h *host) reply(e engine.Reply) {
	if e.Err != nil {
		h.refuse(e.Call.Tab, uint64(e.Call.ID), e.Err)
		return
	}
	h.send(outReply, uint64(e.Call.ID), []byte(e.Call.Tab), e.Body)
}

func (h *host) refuse(tab string, call uint64, err *engine.Error) {
	h.send(outRefusal, call, []byte(tab), []byte(err.Code), []byte(err.Message), err.Detail)
}

// send encodes a packet into the reused buffer and hands it out; the host copies it at once.
func (h *host) send(k kind, id uint64, parts ...[]byte) {
	h.out = appendPacket(h.out[:0], k, id, parts...)
	h.emit(h.out)
	if cap(h.out) > outBufferBytesMax {
		h.out = nil
	}
}

func decimal(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

func flag(set bool) []byte {
	if set {
		return []byte("1")
	}
	return []byte("0")
}
