package main

import (
	"encoding/binary"
	"errors"
)

// The bridge between the module (Go) and its host (TypeScript) is packets of bytes. It is written
// twice, here and in js/worker/bridge.ts, under this same comment:
//
//	offset  size  what
//	0       1     kind, from the lists below
//	1       1     number of parts
//	2       2     zero
//	4       8     id, little endian, below 2^53: of a call, an observer or an effect; 0 for none
//	12            the parts: each a length (u32, little endian) and that many bytes
//
// Text is UTF-8, numbers in parts are decimal text. On the way into the module a packet follows a
// moment: the host's clock in ms since 1970 (f64) and a fresh random number (u64), both little
// endian, so that the module needs neither a clock nor a source of randomness of its own.
//
// A filter among the arguments of a query, an observer or a delete is AppSync's filter input, in which a relation takes
// a filter of the other model: {"and":[{"title":{"eq":"a"}},{"blog":{"name":{"eq":"x"}}}]}. Conditions and sync
// expressions have no relations: a server reads them as well.
//
// The first packet in either direction is a version packet. Sides that differ in protocol or
// build don't talk any further: the host reports version_skew.
const (
	protocolVersion = "1"
	headBytes       = 12
	momentBytes     = 16
	idMax           = 1<<53 - 1
)

// kind says what a packet is.
type kind uint8

// Kinds into the module.
const (
	inVersion         kind = 1  // [protocol, build, database, "1" when the host reads the database ahead, else "0"]
	inTabJoined       kind = 2  // [tab]
	inTabGone         kind = 3  // [tab]
	inCall            kind = 4  // call: [tab, operation, arguments as JSON]
	inUnobserve       kind = 5  // observer: [tab]
	inAnswered        kind = 6  // effect: [HTTP status, Retry-After in ms, body]
	inSendFailed      kind = 7  // effect: [code, message]
	inSocketOpened    kind = 8  // effect
	inSocketMessage   kind = 9  // effect: [text]
	inSocketClosed    kind = 10 // effect: [code, reason]
	inHandlerAnswered kind = 11 // effect: [decision, model or fields as JSON, or empty]
	inHandlerFailed   kind = 12 // effect: [message]
	inOnline          kind = 13
	inOffline         kind = 14
	inTick            kind = 15
	inClose           kind = 16 // finish what is being written, close the database, answer outClosed
	inTokenAnswered   kind = 17 // effect: [credentials as JSON, null when nobody is signed in]
	inTokenFailed     kind = 18 // effect: [message]
	inResumed         kind = 19 // ["1" when the device slept, else "0"]
	inPreread         kind = 20 // [area, then key and text of entries that were read ahead]
	inPrereadEnd      kind = 21 // ["1" when that was the whole database, else "0"; why the browser removed it before, or empty]
)

// Kinds out of the module.
const (
	outVersion      kind = 65 // [protocol, build]
	outReply        kind = 66 // call: [tab, body as JSON]
	outRefusal      kind = 67 // call: [tab, code, message, detail as JSON or empty]
	outNotify       kind = 68 // observer: [tab, body as JSON]
	outReport       kind = 69 // [tab or empty, body as JSON]
	outAnnounce     kind = 70 // [tab or empty, event, JSON or empty]
	outSend         kind = 71 // effect: [name, URL, timeout in ms, body, then name and value of each header]
	outOpenSocket   kind = 72 // effect: [URL, then the subprotocols]
	outWriteSocket  kind = 73 // effect: [text]
	outCloseSocket  kind = 74 // effect: [code]
	outAskHandler   kind = 75 // effect: [tab, conflict as JSON]
	outWake         kind = 76 // [time in ms since 1970, 0 for never]
	outCancel       kind = 77 // effect
	outSetGate      kind = 78 // ["1" closed, "0" open]
	outHalt         kind = 79 // [code, message]
	outClosed       kind = 80
	outDied         kind = 81 // [message]
	outAskToken     kind = 82 // effect: [tab, auth mode, "1" when the last token was refused, else "0"]
	outAskMigration kind = 83 // effect: [tab, change as JSON]
)

// packet is a decoded packet. Its parts share the bytes it was read from.
type packet struct {
	kind  kind
	id    uint64
	parts [][]byte
}

var errPacket = errors.New("bridge: malformed packet")

// readPacket decodes exactly one packet.
func readPacket(bytes []byte) (packet, error) {
	if len(bytes) < headBytes || bytes[2] != 0 || bytes[3] != 0 {
		return packet{}, errPacket
	}
	p := packet{kind: kind(bytes[0]), id: binary.LittleEndian.Uint64(bytes[4:])}
	if p.id > idMax {
		return packet{}, errPacket
	}
	count, rest := int(bytes[1]), bytes[headBytes:]
	if count > 0 {
		p.parts = make([][]byte, 0, count)
	}
	for range count {
		if len(rest) < 4 {
			return packet{}, errPacket
		}
		n := int64(binary.LittleEndian.Uint32(rest))
		if rest = rest[4:]; n > int64(len(rest)) {
			return packet{}, errPacket
		}
		p.parts = append(p.parts, rest[:n:n])
		rest = rest[n:]
	}
	if len(rest) != 0 {
		return packet{}, errPacket
	}
	return p, nil
}

// appendPacket encodes a packet behind dst. It panics on more than 255 parts: no effect has them.
func appendPacket(dst []byte, k kind, id uint64, parts ...[]byte) []byte {
	if len(parts) > 255 || id > idMax {
		panic("bridge: packet out of bounds")
	}
	dst = append(dst, byte(k), byte(len(parts)), 0, 0)
	dst = binary.LittleEndian.AppendUint64(dst, id)
	for _, part := range parts {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(part)))
		dst = append(dst, part...)
	}
	return dst
}

// part returns a part, or nil when the packet has fewer.
func (p packet) part(i int) []byte {
	if i >= len(p.parts) {
		return nil
	}
	return p.parts[i]
}

// text is part as a string.
func (p packet) text(i int) string { return string(p.part(i)) }
