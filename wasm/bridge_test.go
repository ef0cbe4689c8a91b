package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// vectors are shared with js/bridge.test.ts: both sides must read and write the same bytes.
type vectors struct {
	Packets []struct {
		Name  string
		Kind  uint8
		ID    uint64
		Parts []string
		Bytes string
	}
	Malformed []struct{ Name, Bytes string }
}

func loadVectors(t testing.TB) vectors {
	text, err := os.ReadFile("testdata/packets.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPacketVectors(t *testing.T) {
	for _, v := range loadVectors(t).Packets {
		want := unhex(t, v.Bytes)
		parts := make([][]byte, len(v.Parts))
		for i, part := range v.Parts {
			parts[i] = []byte(part)
		}
		if got := appendPacket(nil, kind(v.Kind), v.ID, parts...); !bytes.Equal(got, want) {
			t.Errorf("%s: wrote %x, want %x", v.Name, got, want)
		}
		p, err := readPacket(want)
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if p.kind != kind(v.Kind) || p.id != v.ID || len(p.parts) != len(v.Parts) {
			t.Errorf("%s: read %+v", v.Name, p)
		}
		for i, part := range v.Parts {
			if p.text(i) != part {
				t.Errorf("%s: part %d is %q, want %q", v.Name, i, p.text(i), part)
			}
		}
	}
}

func TestMalformedPackets(t *testing.T) {
	for _, v := range loadVectors(t).Malformed {
		if p, err := readPacket(unhex(t, v.Bytes)); err == nil {
			t.Errorf("%s: read as %+v", v.Name, p)
		}
	}
}

func FuzzReadPacket(f *testing.F) {
	v := loadVectors(f)
	for _, p := range v.Packets {
		f.Add(unhex(f, p.Bytes))
	}
	for _, m := range v.Malformed {
		f.Add(unhex(f, m.Bytes))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := readPacket(b)
		if err != nil {
			return
		}
		if again := appendPacket(nil, p.kind, p.id, p.parts...); !bytes.Equal(again, b) {
			t.Fatalf("%x was read as %+v, which is written %x", b, p, again)
		}
		// Whatever comes in, an event or a refusal comes out, never a panic.
		if p.kind == inCall {
			callOf(p)
		} else {
			eventOf(p)
		}
	})
}
