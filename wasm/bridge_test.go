package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	goflag "flag"
	"os"
	"strconv"
	"strings"
	"testing"
)

// vectors are shared with js/worker/bridge.test.ts: both sides must read and write the same bytes.
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

// corpus is what the fuzzer found, with what it is read as; js/worker/bridge.test.ts holds the page's
// decoder against it.
type corpusEntry struct {
	Bytes string
	Read  bool
	Kind  uint8
	ID    uint64
	Parts []string // hex
}

func readCorpus(t *testing.T) (entries []corpusEntry) {
	const folder = "testdata/fuzz/FuzzReadPacket/"
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(folder + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		_, literal, _ := strings.Cut(string(text), "[]byte(")
		bytes, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(literal), ")"))
		if err != nil {
			t.Fatalf("%s: %v", file.Name(), err)
		}
		entries = append(entries, entryOf([]byte(bytes)))
		if len(bytes) > headBytes {
			for _, damage := range damages {
				entries = append(entries, entryOf(damage([]byte(bytes))))
			}
		}
	}
	return entries
}

// damages are done to packets of the corpus: the fuzzer keeps few that are refused.
var damages = []func([]byte) []byte{
	func(b []byte) []byte { return b[:len(b)-1] },
	func(b []byte) []byte { return append(b, 0) },
	func(b []byte) []byte { b[1]++; return b },
	func(b []byte) []byte { b[3] = 1; return b },
	func(b []byte) []byte { b[10] = 0x20; return b },
	func(b []byte) []byte { b[headBytes]++; return b },
}

func entryOf(bytes []byte) corpusEntry {
	entry := corpusEntry{Bytes: hex.EncodeToString(bytes), Parts: []string{}}
	if p, err := readPacket(bytes); err == nil {
		entry.Read, entry.Kind, entry.ID = true, uint8(p.kind), p.id
		for _, part := range p.parts {
			entry.Parts = append(entry.Parts, hex.EncodeToString(part))
		}
	}
	return entry
}

var update = goflag.Bool("update", false, "write testdata/corpus.json anew")

// TestCorpusIsShared: what js/worker/bridge.test.ts expects is what this side reads.
func TestCorpusIsShared(t *testing.T) {
	const file = "testdata/corpus.json"
	want, err := json.MarshalIndent(readCorpus(t), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, append(want, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(want)+"\n" {
		t.Errorf("%s is not what the corpus reads as; go test ./wasm -run TestCorpusIsShared -update writes it (%v)", file, err)
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
