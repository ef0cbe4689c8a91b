package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain makes the test's own program the child.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "child" {
		if err := Serve(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func newRunner(t *testing.T, options Options) *Runner {
	t.Helper()
	options.Folder = t.TempDir()
	options.Child = []string{os.Args[0], "child"}
	r := New(options)
	t.Cleanup(func() {
		r.Close()
		if len(r.pool.all) != 0 {
			t.Errorf("%d processes are left", len(r.pool.all))
		}
	})
	return r
}

func (r *Runner) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(r.options.Folder, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestAnswers(t *testing.T) {
	r := newRunner(t, Options{})
	for name, text := range map[string]string{
		"plain.js":   `exports.handler = (event) => ({ action: 'RESOLVE', item: { ...event.existingItem, ...event.newItem } })`,
		"async.js":   `exports.handler = async (event) => { await null; const item = await Promise.resolve({ ...event.existingItem, ...event.newItem }); return { action: 'RESOLVE', item } };`,
		"module.js":  `module.exports = function ({ existingItem, newItem }) { return { action: 'RESOLVE', item: Object.assign({}, existingItem, newItem) } }`,
		"comment.js": "exports.handler = (event) => ({ action: 'RESOLVE', item: { ...event.existingItem, ...event.newItem } }) // the end",
		"named.mjs":  `export const handler = ({ existingItem, newItem }) => ({ action: 'RESOLVE', item: { ...existingItem, ...newItem } });`,
		"default.mjs": `const merge = (a, b) => ({ ...a, ...b });
			export default async ({ existingItem, newItem }) => ({ action: 'RESOLVE', item: merge(existingItem, newItem) });`,
	} {
		r.write(t, name, text)
		if err := r.Check(t.Context(), name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := r.Call(t.Context(), name, []byte(`{"newItem":{"title":"Grüße ☃ \ud83d\ude00"},"existingItem":{"id":"a","n":9007199254740993}}`))
		want := `{"action":"RESOLVE","item":{"id":"a","n":9007199254740992,"title":"Grüße ☃ 😀"}}`
		if err != nil || string(got) != want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, want)
		}
	}
}

// TestMisbehaviour: each ends in its error, and the runner serves the next call.
func TestMisbehaviour(t *testing.T) {
	r := newRunner(t, Options{Deadline: time.Second, MemoryBytes: 16 << 20})
	r.write(t, "good.js", `exports.handler = () => 1`)
	for _, one := range []struct{ name, text, code, message string }{
		{"an infinite loop", `exports.handler = () => { for (;;); }`, Timeout, "no answer in"},
		{"an infinite loop while loading", `for (;;);`, Timeout, "no answer in"},
		{"a loop that catches everything", `exports.handler = () => { for (;;) { try { for (;;); } catch {} finally { continue } } }`, Timeout, "no answer in"},
		{"jobs without end", `exports.handler = async () => { for (;;) await null; }`, "", ""},
		{"a slow expression", `exports.handler = () => /(a+)+$/.test('a'.repeat(60) + 'b')`, Timeout, "no answer in"},
		{"a memory bomb", `exports.handler = () => { const all = []; for (;;) all.push('x'.repeat(100000) + all.length); }`, Threw, "out of memory"},
		{"a memory bomb that is caught", `exports.handler = () => { const all = []; for (;;) { try { all.push(new Uint8Array(1e6)) } catch {} } }`, Timeout, "no answer in"},
		{"endless recursion", `const f = () => f() + 1; exports.handler = f`, "", ""},
		{"an exception", `exports.handler = () => { throw new TypeError('on purpose') }`, Threw, "TypeError: on purpose"},
		{"a rejection", `exports.handler = async () => { throw 'on purpose' }`, Threw, "on purpose"},
		{"an exception while loading", "\n\nundefined.x", Threw, "cannot read property 'x' of undefined"},
		{"a syntax error", `exports.handler = (`, Threw, "SyntaxError"},
		{"no handler", `exports.hander = () => 1`, Missing, "no function named handler"},
		{"a handler that is none", `exports.handler = 5`, Missing, "no function named handler"},
		{"a promise that never settles", `exports.handler = () => new Promise(() => {})`, NoAnswer, "never comes"},
		{"an answer without JSON", `exports.handler = () => ({ a: 1n })`, Threw, "BigInt"},
		{"an answer in a circle", `exports.handler = () => { const a = {}; a.a = a; return a }`, Threw, "circular"},
		{"an answer that throws", `exports.handler = () => ({ toJSON() { throw 'no' } })`, Threw, "no"},
		{"an answer that loops", `exports.handler = () => ({ toJSON() { for (;;); } })`, Timeout, "no answer in"},
		{"a huge answer", `exports.handler = () => ({ text: 'x'.repeat(2000000) })`, TooLarge, "larger than"},
		{"a module that imports", `import x from "fs"; exports.handler = x`, Threw, ""},
		{"other globals", `JSON = Promise = Object = undefined; exports.handler = () => { for (;;); }`, Timeout, "no answer in"},
		{"no require", `require('fs')`, Threw, "'require' is not defined"},
		{"no std", `std.exit(1)`, Threw, "'std' is not defined"},
	} {
		t.Run(one.name, func(t *testing.T) {
			r.write(t, "bad.js", one.text)
			began := time.Now()
			answer, err := r.Call(t.Context(), "bad.js", []byte(`{"newItem":{}}`))
			var typed *Error
			if !errors.As(err, &typed) || one.code != "" && typed.Code != one.code || !strings.Contains(err.Error(), one.message) {
				t.Errorf("%s (%v), want %s: ...%s...", answer, err, one.code, one.message)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
			if answer, err := r.Call(t.Context(), "good.js", []byte("{}")); string(answer) != "1" || err != nil {
				t.Errorf("the next call: %s (%v)", answer, err)
			}
		})
	}
}

func TestEmptyAnswers(t *testing.T) {
	r := newRunner(t, Options{})
	for text, want := range map[string]string{
		`exports.handler = () => {}`:          "null",
		`exports.handler = () => () => {}`:    "null",
		`exports.handler = () => "RESOLVE"`:   `"RESOLVE"`,
		`exports.handler = () => [undefined]`: "[null]",
	} {
		r.write(t, "f.js", text)
		if got, err := r.Call(t.Context(), "f.js", []byte("{}")); string(got) != want || err != nil {
			t.Errorf("%s: %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestFiles(t *testing.T) {
	r := newRunner(t, Options{})
	r.write(t, "large.js", strings.Repeat(" ", SourceBytesMax+1))
	r.write(t, "bad.js", "exports.handler = (")
	os.Mkdir(filepath.Join(r.options.Folder, "folder.js"), 0o755)
	for name, code := range map[string]string{"missing.js": Missing, "folder.js": Missing, "large.js": TooLarge, "bad.js": Threw,
		"http://": Missing, "https://%zz": Missing} {
		var typed *Error
		if err := r.Check(t.Context(), name); !errors.As(err, &typed) || typed.Code != code {
			t.Errorf("%s: %v, want %s", name, err, code)
		}
	}
	if err := r.Check(t.Context(), "https://example.com/resolve"); err != nil {
		t.Error(err)
	}
	if _, err := r.Call(t.Context(), "f.js", make([]byte, EventBytesMax+1)); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Error(err)
	}
	// A changed file takes effect with the next call.
	for _, want := range []string{"1", "2"} {
		r.write(t, "f.js", "exports.handler = () => "+want)
		if got, err := r.Call(t.Context(), "f.js", []byte("{}")); string(got) != want || err != nil {
			t.Errorf("%s (%v), want %s", got, err, want)
		}
	}
}

// TestIsolation: one call leaves nothing for the next, and the server's environment is not the child's.
func TestIsolation(t *testing.T) {
	t.Setenv("DELTABASE_SECRET", "secret")
	r := newRunner(t, Options{Workers: 1})
	r.write(t, "f.js", `globalThis.calls = (globalThis.calls ?? 0) + 1; Array.prototype.more = 1; exports.handler = () => [calls, Object.keys(globalThis)]`)
	for range 3 {
		if got, err := r.Call(t.Context(), "f.js", []byte("{}")); string(got) != `[1,["console","calls"]]` || err != nil {
			t.Errorf("%s (%v)", got, err)
		}
	}
	if len(r.pool.idle) != 1 {
		t.Errorf("%d children wait, want the one that served all calls", len(r.pool.idle))
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", r.pool.idle[0].command.Process.Pid))
	if err == nil && strings.Contains(string(environment), "SECRET") {
		t.Errorf("the child's environment is %q", environment)
	}
}

func TestConsole(t *testing.T) {
	var log strings.Builder
	r := newRunner(t, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	r.write(t, "f.js", `exports.handler = () => { console.log('one', { a: 1 }); console.error(undefined); for (let i = 0; i < 200; i++) console.info('y'.repeat(1000)); return 1 }`)
	if _, err := r.Call(t.Context(), "f.js", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	got := log.String()
	if !strings.Contains(got, `one {\"a\":1}`) || strings.Count(got, "\n") != ConsoleLinesMax || strings.Count(got, "y") > ConsoleLinesMax*ConsoleCharsMax {
		t.Errorf("the log has %d lines: %.300s", strings.Count(got, "\n"), got)
	}
}

// TestKilled: a process that somebody kills in the middle of a call is an error of that call.
func TestKilled(t *testing.T) {
	r := newRunner(t, Options{Workers: 1})
	r.write(t, "f.js", `exports.handler = () => 1`)
	r.write(t, "loop.js", `exports.handler = () => { for (;;); }`)
	if _, err := r.Call(t.Context(), "f.js", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	victim := r.pool.idle[0]
	failed := make(chan error, 1)
	go func() {
		_, err := r.Call(context.Background(), "loop.js", []byte("{}"))
		failed <- err
	}()
	victim.command.Process.Kill()
	var typed *Error
	if err := <-failed; !errors.As(err, &typed) || typed.Code != Died || !strings.Contains(err.Error(), "its process ended (signal: killed)") {
		t.Errorf("%v", err)
	}
	if got, err := r.Call(t.Context(), "f.js", []byte("{}")); string(got) != "1" || err != nil {
		t.Errorf("the next call: %s (%v)", got, err)
	}
}

// TestManyAtOnce: more calls than children wait for one another; Close ends those under way.
func TestManyAtOnce(t *testing.T) {
	r := newRunner(t, Options{Workers: 2})
	r.write(t, "f.js", `exports.handler = (event) => event.n`)
	var done sync.WaitGroup
	for n := range 20 {
		done.Go(func() {
			if got, err := r.Call(context.Background(), "f.js", fmt.Appendf(nil, `{"n":%d}`, n)); string(got) != fmt.Sprint(n) || err != nil {
				t.Errorf("%d: %s (%v)", n, got, err)
			}
		})
	}
	done.Wait()
	if n := len(r.pool.all); n > 2 {
		t.Errorf("%d children", n)
	}
	r.write(t, "loop.js", `exports.handler = () => { for (;;); }`)
	failed := make(chan error, 1)
	go func() {
		_, err := r.Call(context.Background(), "loop.js", []byte("{}"))
		failed <- err
	}()
	r.Close()
	if err := <-failed; err == nil {
		t.Error("a loop answered")
	}
	if _, err := r.Call(t.Context(), "f.js", []byte("{}")); err == nil || !strings.Contains(err.Error(), "shutting down") {
		t.Errorf("after Close: %v", err)
	}
}

func TestNoChild(t *testing.T) {
	for _, command := range [][]string{nil, {"/nonexistent/program"}} {
		r := New(Options{Folder: t.TempDir(), Child: command})
		defer r.Close()
		r.write(t, "f.js", `exports.handler = () => 1`)
		var typed *Error
		if _, err := r.Call(t.Context(), "f.js", []byte("{}")); !errors.As(err, &typed) || typed.Code != Died {
			t.Errorf("%v: %v", command, err)
		}
	}
}
