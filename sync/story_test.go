package sync_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	engine "github.com/deltabase/deltabase/sync"
)

var update = flag.Bool("update", false, "rewrite the expected effects of the stories; read the difference before you keep it")

// TestStories runs testdata/*.txt: commands, "----", the effects they must have.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	s := loadSchema(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runStory(t, s, file) })
	}
}

// TestSameEventsSameEffects runs every story twice: the engine has no clock and draws nothing itself.
func TestSameEventsSameEffects(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.txt")
	s := loadSchema(t)
	for _, file := range files {
		if one, two := trace(t, s, file), trace(t, s, file); one != two {
			t.Errorf("%s: the second run differs:\n%s\nthe first was\n%s", file, two, one)
		}
	}
}

func trace(t *testing.T, s *schema.Schema, file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(s)
	pending = nil
	for _, block := range splitBlocks(string(text)) {
		for _, line := range block.commands {
			if line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "quiet") {
				if err := h.command(line); err != nil {
					t.Fatalf("%s: %q: %v\nafter\n%s", file, line, err, strings.Join(h.lines, "\n"))
				}
				settle()
			}
		}
	}
	return strings.Join(h.lines, "\n")
}

func loadSchema(t *testing.T) *schema.Schema {
	text, err := os.ReadFile("testdata/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schema.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func runStory(t *testing.T, s *schema.Schema, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(s)
	pending = nil
	var out strings.Builder
	for _, block := range splitBlocks(string(text)) {
		for _, line := range block.commands {
			out.WriteString(line + "\n")
			if line != "" && !strings.HasPrefix(line, "#") {
				if err := h.command(line); err != nil {
					t.Fatalf("%s: %q: %v\nafter\n%s", file, line, err, strings.Join(h.lines, "\n"))
				}
				settle()
			}
		}
		if !block.checked {
			h.lines = nil
			continue
		}
		got := strings.Join(h.lines, "\n")
		h.lines = nil
		out.WriteString("----\n")
		if got != "" {
			out.WriteString(got + "\n")
		}
		out.WriteString("\n")
		if want := strings.Join(block.want, "\n"); got != want && !*update {
			t.Errorf("%s: after\n%s\ngot\n%s\nwant\n%s", file, strings.Join(block.commands, "\n"), got, want)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// block is some commands and, after "----", what they must bring about, up to an empty line.
type block struct {
	commands, want []string
	checked        bool
}

func splitBlocks(text string) []block {
	var blocks []block
	var now block
	expecting := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "----":
			now.checked, expecting = true, true
		case expecting && line == "":
			blocks = append(blocks, now)
			now, expecting = block{}, false
		case expecting:
			now.want = append(now.want, line)
		default:
			now.commands = append(now.commands, line)
		}
	}
	if len(now.commands) > 0 {
		blocks = append(blocks, now)
	}
	return blocks
}

// command carries out one line of a story; commands_test.go lists them.
func (h *host) command(line string) error {
	words := strings.Fields(line)
	name, args := words[0], words[1:]
	if f := commands[name]; f != nil {
		return f(h, args)
	}
	return fmt.Errorf("there is no command %q", name)
}

func (h *host) newCall(tab string) engine.Call {
	h.call++
	return engine.Call{Tab: tab, ID: h.call}
}

// value reads JSON from the words from i on; words such as "if" and "where" end it.
func value(words []string, i int) (record.Value, []string) {
	end := i
	for end < len(words) && words[end] != "if" && words[end] != "fields" && words[end] != "sort" && words[end] != "where" {
		end++
	}
	if i >= end {
		return record.Value{}, words[min(end, len(words)):]
	}
	v, err := record.Parse([]byte(strings.Join(words[i:end], " ")))
	if err != nil {
		panic(fmt.Sprintf("%q: %v", words[i:end], err))
	}
	return v, words[end:]
}

// find returns the oldest request whose name starts so.
func (h *host) find(name string) (engine.Send, error) {
	for _, s := range h.sends {
		if strings.HasPrefix(s.Name, name) {
			h.forget(s.ID)
			return s, nil
		}
	}
	return engine.Send{}, fmt.Errorf("no request %q is open", name)
}

// serve lets the server answer everything until nothing is left to answer.
func (h *host) serve() {
	for range 10_000 {
		settle()
		switch {
		case len(h.sends) > 0:
			s := h.sends[0]
			h.sends = h.sends[1:]
			h.step(h.answerTo(s))
		case h.socket != 0 && h.trail < len(h.server.changed):
			h.deliver()
		default:
			return
		}
	}
	panic("the engine never comes to rest")
}

// deliver sends the next change to the subscription that asked for it.
func (h *host) deliver() {
	change := h.server.changed[h.trail]
	h.trail++
	field := appsync.SubscriptionField(h.schema.Model(change.model), change.op)
	for _, sub := range h.subs {
		if name, id, _ := strings.Cut(sub, " "); name == field {
			h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.DataFrame(id, field, change.row).Text()})
		}
	}
}

// connect opens the socket and acknowledges every subscription.
func (h *host) connect() error {
	if h.socket == 0 {
		return fmt.Errorf("no socket is being opened")
	}
	h.trail = len(h.server.changed)
	h.step(engine.SocketOpened{Effect: h.socket})
	h.step(engine.SocketMessage{Effect: h.socket, Text: h.connectionAck().Text()})
	return h.ackAll()
}

func (h *host) ackAll() error {
	acked := map[string]bool{}
	for _, sub := range h.subs {
		_, id, _ := strings.Cut(sub, " ")
		if acked[id] {
			continue
		}
		acked[id] = true
		h.step(engine.SocketMessage{Effect: h.socket, Text: appsync.Frame{Type: "start_ack", ID: id}.Text()})
	}
	return nil
}

// others is a write by somebody else: "Post create {...}".
func (h *host) others(args []string) error {
	m := h.schema.Model(args[0])
	if m == nil {
		return fmt.Errorf("the schema has no model %s", args[0])
	}
	v, _ := value(args, 2)
	op := conflict.Operation(args[1])
	if id, err := m.RecordID(v); err == nil && op != conflict.Create && !v.Field("_version").Exists() {
		var b record.Builder
		b.Set("_version", h.server.rows[m.Name+"/"+id].Field("_version"))
		v = record.Overlay(v, b.Object())
	}
	if _, failure := h.server.write(m, op, v, record.Value{}); failure != nil {
		return failure
	}
	return nil
}

func number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}
