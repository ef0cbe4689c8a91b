package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// trace is everything that happened in a run: every event, effect and byte goes into its hash, in
// order. With told set it also keeps lines for people.
type trace struct {
	world  *World
	sum    hash.Hash
	buffer []byte
	told   bool
	lines  []string
}

func newTrace(w *World, told bool) *trace {
	return &trace{world: w, sum: sha256.New(), buffer: make([]byte, 0, 8192), told: told}
}

// note adds one happening: who, what, and its bytes.
func (t *trace) note(who, what string, detail []byte) {
	if len(t.buffer) > 4096 {
		t.flush()
	}
	t.buffer = binary.LittleEndian.AppendUint64(t.buffer, uint64(t.world.nowMs))
	t.buffer = append(append(t.buffer, who...), 0)
	t.buffer = append(append(t.buffer, what...), 0)
	t.buffer = binary.LittleEndian.AppendUint32(t.buffer, uint32(len(detail)))
	t.buffer = append(t.buffer, detail...)
	if t.told {
		t.tell(who, what, string(detail))
	}
}

// tell adds a line for people only.
func (t *trace) tell(who, what, detail string) {
	const most = 600
	if len(detail) > most {
		detail = detail[:most] + "..."
	}
	ms := t.world.nowMs - epochMs
	line := fmt.Sprintf("%4d.%03d %-6s %s %s", ms/1000, ms%1000, who, what, detail)
	t.lines = append(t.lines, strings.TrimRight(line, " "))
}

func (t *trace) flush() {
	t.sum.Write(t.buffer)
	t.buffer = t.buffer[:0]
}

// text is the hash so far, in hexadecimal.
func (t *trace) text() string {
	t.flush()
	return hex.EncodeToString(t.sum.Sum(nil))
}
