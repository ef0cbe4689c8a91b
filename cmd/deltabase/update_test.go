package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

const twoModels = "type Post @model { id: ID! title: String! }\ntype Order @model { id: ID! total: Int }\n"

// project makes a folder with a schema and a configuration, and returns the configuration's name.
func project(t *testing.T, config string) string {
	t.Helper()
	folder := write(t, map[string]string{"schema.graphql": twoModels, "deltabase.json": config})
	return filepath.Join(folder, "deltabase.json")
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

const plainConfig = `{
  "schema": "schema.graphql",
  "apiKeys": ["da2-x"],
  "origins": ["https://a.example"]
}
`

// update runs `deltabase update api` with flags and no terminal.
func update(t *testing.T, config string, flags ...string) (string, error) {
	t.Helper()
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close()
	stdin := os.Stdin
	os.Stdin = nothing
	defer func() { os.Stdin = stdin }()
	command := updateCommand()
	var out bytes.Buffer
	command.SetOut(&out)
	command.SetErr(io.Discard)
	command.SilenceUsage, command.SilenceErrors = true, true
	command.SetArgs(append([]string{"api", "--config", config}, flags...))
	err = command.Execute()
	return out.String(), err
}

func TestUpdateByFlags(t *testing.T) {
	config := project(t, plainConfig)
	out, err := update(t, config, "--strategy", "optimistic", "--model", "Post=automerge", "--yes")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`+    "project": "OPTIMISTIC_CONCURRENCY"`, `+      "Post": "AUTOMERGE"`, "Successfully updated resource"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", want, out)
		}
	}
	c, err := loadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if c.strategy != "OPTIMISTIC_CONCURRENCY" || c.strategies["Post"] != "AUTOMERGE" || len(c.origins) != 1 {
		t.Errorf("the configuration is now %+v", c)
	}
	if out, err = update(t, config, "--model", "Post=default", "--yes"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(textOf(t, config), "Post") {
		t.Errorf("the override is still there after\n%s", out)
	}
	if out, err = update(t, config, "--strategy", "OPTIMISTIC_CONCURRENCY", "--yes"); err != nil || !strings.Contains(out, "Nothing to change") {
		t.Errorf("the same settings again gave %q, %v", out, err)
	}
}

func TestUpdateKeepsTheRestOfTheFile(t *testing.T) {
	before := "{ \"schema\": \"schema.graphql\",\n\t\"conflictResolution\": {\"project\":\"AUTOMERGE\"},\n\n  \"apiKeys\": [ \"da2-x\" ] }"
	config := project(t, before)
	if _, err := update(t, config, "--strategy", "optimistic", "--yes"); err != nil {
		t.Fatal(err)
	}
	want := strings.Replace(before, `{"project":"AUTOMERGE"}`, "{\n    \"project\": \"OPTIMISTIC_CONCURRENCY\"\n  }", 1)
	if got := textOf(t, config); got != want {
		t.Errorf("the file is\n%s\nwant\n%s", got, want)
	}
}

func TestUpdateRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		flags []string
		want  string
	}{
		"no flags and no terminal": {nil, "--strategy automerge --yes"},
		"no terminal to ask at":    {[]string{"--strategy", "optimistic"}, "add --yes"},
		"unknown strategy":         {[]string{"--strategy", "merge", "--yes"}, "automerge, optimistic or custom:FUNCTION"},
		"unknown model":            {[]string{"--model", "Poste=automerge", "--yes"}, "one of the models Post, Order"},
		"custom without function":  {[]string{"--strategy", "custom", "--yes"}, "custom:functions/resolve.js"},
		"function not there":       {[]string{"--strategy", "custom:functions/none.js", "--yes"}, "add --create"},
		"function of no use":       {[]string{"--strategy", "automerge:f.js", "--yes"}, "only custom takes a function"},
	} {
		t.Run(name, func(t *testing.T) {
			config := project(t, plainConfig)
			_, err := update(t, config, c.flags...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
			if textOf(t, config) != plainConfig {
				t.Error("the configuration was changed")
			}
		})
	}
}

func TestUpdateDryRunWritesNothing(t *testing.T) {
	config := project(t, plainConfig)
	out, err := update(t, config, "--model", "Order=custom:functions/order.js", "--create", "--dry-run")
	if err != nil || !strings.Contains(out, "new file functions/order.test.mjs") {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(config), "functions")); err == nil || textOf(t, config) != plainConfig {
		t.Error("something was written")
	}
}

// screen collects what a terminal shows, without its control sequences.
type screen struct {
	mu    sync.Mutex
	shown []byte
	more  chan struct{}
}

var control = regexp.MustCompile("\x1b(\\[[0-9;?]*[a-zA-Z]|\\][^\x07\x1b]*(\x07|\x1b\\\\)|[()][A-B0])")

func (s *screen) read(from io.Reader) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		s.mu.Lock()
		s.shown = append(s.shown, buffer[:n]...)
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			close(s.more)
			return
		}
	}
}

// await waits until text is shown that was not shown before the last call.
func (s *screen) await(t *testing.T, text string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		s.mu.Lock()
		plain := control.ReplaceAllString(string(s.shown), "")
		at := strings.Index(plain, text)
		if at >= 0 {
			s.shown = []byte(plain[at+len(text):])
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		select {
		case _, open := <-s.more:
			if !open {
				t.Fatalf("the terminal closed before it showed %q; the rest was:\n%s", text, plain)
			}
		case <-deadline:
			t.Fatalf("the terminal did not show %q within 30 s; the rest was:\n%s", text, plain)
		}
	}
}

const (
	down  = "\x1b[B"
	enter = "\r"
)

// TestUpdateInATerminal answers the questions by keys, as a person does.
func TestUpdateInATerminal(t *testing.T) {
	config := project(t, plainConfig)
	asked := command("update", "api", "--config", config)
	asked.Env = append(asked.Env, "TERM=screen-256color")
	terminal, err := pty.StartWithSize(asked, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	s := &screen{more: make(chan struct{}, 1)}
	go s.read(terminal)
	for _, step := range [][2]string{
		{"Select from one of the below mentioned services", enter},
		{"Select a setting to edit", enter},
		{"Select the default resolution strategy", down + down + down + enter}, // Learn More
		{"A conflict is a change", ""},
		{"Select the default resolution strategy", down + enter}, // Optimistic Concurrency
		{"override default per model settings?", "y"},
		{"Select the models from below", down + " " + enter}, // Order
		{"Select the resolution strategy for Order model", down + enter},
		{"Select from the options below", enter}, // Create a new Lambda Function
		{"The new function's file", enter},
		{`"function": "functions/resolveOrder.js"`, ""},
		{"Write this to", "y"},
		{"Successfully updated resource", ""},
	} {
		s.await(t, step[0])
		if _, err := io.WriteString(terminal, step[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := asked.Wait(); err != nil {
		t.Fatal(err)
	}
	text := textOf(t, config)
	for _, want := range []string{`"project": "OPTIMISTIC_CONCURRENCY"`, `"Order": { "strategy": "LAMBDA", "function": "functions/resolveOrder.js" }`} {
		if !strings.Contains(text, want) {
			t.Errorf("the configuration lacks %s:\n%s", want, text)
		}
	}
	if _, err := loadConfig(config); err != nil {
		t.Errorf("the written configuration is refused: %v", err)
	}
	for _, file := range []string{"functions/resolveOrder.js", "functions/resolveOrder.test.mjs"} {
		textOf(t, filepath.Join(filepath.Dir(config), file))
	}
}

// TestUpdateLeft: Ctrl+C in the middle changes nothing.
func TestUpdateLeft(t *testing.T) {
	config := project(t, plainConfig)
	asked := command("update", "api", "--config", config)
	asked.Env = append(asked.Env, "TERM=screen-256color")
	terminal, err := pty.StartWithSize(asked, &pty.Winsize{Rows: 40, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	s := &screen{more: make(chan struct{}, 1)}
	go s.read(terminal)
	s.await(t, "Select from one of the below mentioned services")
	if _, err := io.WriteString(terminal, "\x03"); err != nil {
		t.Fatal(err)
	}
	s.await(t, "nothing was changed")
	if err := asked.Wait(); err == nil || textOf(t, config) != plainConfig {
		t.Errorf("left with %v; the configuration is\n%s", err, textOf(t, config))
	}
}
