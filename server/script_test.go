package server_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema/sdl"
	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

var rewrite = flag.Bool("rewrite", false, "write what the server answers into testdata; read the difference before you keep it")

// TestScripts plays testdata/*.txt on both back ends. It runs under js/wasm, too, where the core has
// the memory tables: the same scripts, the same answers. A file begins with a schema; "# M1 ..."
// begins a case with a new, empty server, named after the protocol's conformance case. A step is
// lines of commands, "----", and the expected lines up to an empty one.
//
//	post DOCUMENT          sends it; vars JSON and ext JSON before it add variables and extensions
//	key TEXT               the API key of what follows ("da2-test" at the beginning)
//	as NAME [GROUP...]     a token instead of the key: sub s-NAME, username NAME, these groups
//	as NAME@REALM [GROUP...] the same of another issuer, to which owners are bound
//	as NAME until +10m     a token that expires; alone, "as" goes back to the key
//	strategy MODEL NAME    restarts with a conflict strategy
//	unversioned MODEL      restarts with a model that is changed without _version
//	answer JSON            what the conflict function says next; "answer !REASON": it fails
//	meanwhile COMMAND      is carried out before the next answer
//	tombstones MINUTES     restarts with another life of tombstones
//	rows MODEL N           creates records with the ids r000, r001, ... and the name n
//	pages DOCUMENT         sends it until there is no nextToken, which is its variable t: how many
//	                       rows each page has
//	trace                  shows from now on how many rows each field looked at
//	introspection          restarts with introspection
//	events                 shows what conflict functions are asked
//	window MINUTES         restarts with another window of the delta log
//	clock +10m             lets the server run for so long
//	jump +10m              sets its clock, and no time passes
//	purge                  runs the purge
//	connect C [KEY]        a realtime connection; send C JSON sends a frame, start C ID DOCUMENT and
//	                       stop C ID are short for the frames; publish hands out events
//
// The clock stands at 2024-05-01T10:00:00Z, ids are id-1, id-2, ... Tokens and cursors differ
// from run to run: they are written <token 1>, <cursor 1> and may be used so in vars and ext.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		for i, b := range backEnds {
			t.Run(name+" "+b.name, func(t *testing.T) { play(t, file, b.open, *rewrite && i == 0) })
		}
	}
}

// backEnds are the tables that scripts are played on; SQLite joins where it runs.
var backEnds = []backEnd{{"in memory", func(*testing.T) server.Tables { return memory.New(0) }}}

type backEnd struct {
	name string
	open func(*testing.T) server.Tables
}

func play(t *testing.T, file string, open func(*testing.T) server.Tables, rewrite bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(text), "\n# ")
	var written []string
	for i, section := range sections {
		if i == 0 {
			written = append(written, section)
			continue
		}
		title, steps, _ := strings.Cut(section, "\n")
		t.Run(title, func(t *testing.T) {
			w := newWorld(t, sections[0], open(t))
			written = append(written, title+"\n"+playCase(t, w, steps, rewrite))
		})
	}
	if rewrite && !t.Failed() {
		if err := os.WriteFile(file, []byte(strings.Join(written, "\n# ")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// playCase plays the steps of a case and returns it with what the server answered.
func playCase(t *testing.T, w *world, steps string, rewrite bool) string {
	var out strings.Builder
	for _, step := range strings.Split(strings.TrimSpace(steps), "\n\n") {
		commands, want, found := strings.Cut(step, "\n----")
		if !found && !rewrite {
			t.Fatalf("a step has no ----:\n%s", step)
		}
		w.out.Reset()
		for _, command := range strings.Split(commands, "\n") {
			w.command(command)
		}
		got := strings.TrimSpace(w.out.String())
		if got != strings.TrimSpace(want) && !rewrite {
			t.Errorf("%s\n got: %s\nwant: %s", commands, got, strings.TrimSpace(want))
		}
		fmt.Fprintf(&out, "%s\n----\n%s\n\n", commands, got)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// world is one server under a virtual clock.
type world struct {
	t       *testing.T
	schema  string
	tables  server.Tables
	server  *server.Server
	hub     *server.Hub
	options server.Options
	now     time.Time
	ran     time.Duration // since the last purge
	key     string
	token   string // instead of the key
	vars    string
	ext     string
	conns   map[string]server.ConnID
	names   map[server.ConnID]string
	ids     int
	answers []functionAnswer
	events  bool              // are shown
	trace   bool              // is shown
	texts   map[string]string // placeholder -> token or cursor
	labels  map[string]string // and back
	out     strings.Builder
}

func newWorld(t *testing.T, schema string, tables server.Tables) *world {
	t.Cleanup(func() { tables.Close() })
	w := &world{t: t, schema: schema, tables: tables, key: "da2-test",
		now:   time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC),
		conns: map[string]server.ConnID{}, names: map[server.ConnID]string{},
		texts: map[string]string{}, labels: map[string]string{}}
	w.options = server.Options{APIKeys: []string{"da2-other", "da2-test"},
		Strategies: map[string]conflict.Strategy{}, Function: "merge", Tokens: claimed{},
		NewID: func() string {
			w.ids++
			return "id-" + strconv.Itoa(w.ids)
		}}
	w.start()
	return w
}

func (w *world) start() {
	w.t.Helper()
	models, err := sdl.Parse("schema.graphql", []byte(w.schema))
	if err != nil {
		w.t.Fatal(err)
	}
	if w.server, err = server.New(models, w.options, w.tables); err != nil {
		w.t.Fatal(err)
	}
	w.hub = w.server.NewHub()
}

func (w *world) command(line string) {
	w.t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "post":
		w.post(rest)
	case "vars":
		w.vars = w.filled(rest)
	case "ext":
		w.ext = w.filled(rest)
	case "key":
		w.key = rest
	case "as":
		w.as(rest)
	case "unversioned":
		w.options.Unversioned = append(w.options.Unversioned, rest)
		w.start()
	case "strategy":
		model, name, _ := strings.Cut(rest, " ")
		w.options.Strategies[model] = conflict.Strategy(name)
		w.start()
	case "trace":
		w.trace = true
	case "tombstones":
		w.options.TombstoneTTLMinutes, _ = strconv.Atoi(rest)
		w.start()
	case "rows":
		w.rows(rest)
	case "pages":
		w.pages(rest)
	case "answer", "meanwhile", "events":
		w.function(word, rest)
	case "window":
		w.options.DeltaTTLMinutes, _ = strconv.Atoi(rest)
		w.start()
	case "introspection":
		w.options.Introspection = true
		w.start()
	case "sandbox":
		w.options.Sandbox = true
		w.start()
	case "clock", "jump":
		d, err := time.ParseDuration(strings.TrimPrefix(rest, "+"))
		if err != nil {
			w.t.Fatal(err)
		}
		if word == "clock" {
			w.pass(d)
		} else {
			w.now = w.now.Add(d)
		}
	case "purge":
		w.purge()
	default:
		w.realtime(word, rest)
	}
}

// pass lets time go by. A server purges from its start on, and so notes what is there.
func (w *world) pass(d time.Duration) {
	w.purge()
	w.now, w.ran = w.now.Add(d), w.ran+d
}

func (w *world) purge() {
	for again := true; again; w.ran = 0 {
		var err error
		if again, err = w.server.Purge(w.now.UnixMilli(), w.ran.Milliseconds()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) post(document string) {
	body := `{"query":` + strconv.Quote(document)
	if w.vars != "" {
		body += `,"variables":` + w.vars
	}
	if w.ext != "" {
		body += `,"extensions":{"deltabase":` + w.ext + `}`
	}
	w.vars, w.ext = "", ""
	answer := w.server.Handle(w.call(), w.credentials(), []byte(body+"}"))
	for answer.Need != nil {
		answer = answer.Need.Resume(w.call(), w.decide(answer.Need))
	}
	for _, t := range answer.Trace {
		if w.trace && t.Kind != "create" {
			fmt.Fprintf(&w.out, "%s looks at %d\n", t.Field, t.Evaluated)
		}
	}
	if answer.Status != 200 {
		fmt.Fprintf(&w.out, "%d %s ", answer.Status, answer.ErrorType)
	}
	fmt.Fprintln(&w.out, w.masked(string(answer.Body)))
}

func (w *world) call() server.Call { return server.Call{NowMs: w.now.UnixMilli()} }

var variable = regexp.MustCompile(`"(nextToken|cursor)":"([^"]+)"`)

// masked replaces tokens and cursors by what the script calls them.
func (w *world) masked(text string) string {
	return variable.ReplaceAllStringFunc(text, func(found string) string {
		match := variable.FindStringSubmatch(found)
		kind := map[string]string{"nextToken": "token", "cursor": "cursor"}[match[1]]
		label, known := w.labels[match[2]]
		for n := 1; !known; n++ {
			label = fmt.Sprintf("<%s %d>", kind, n)
			if _, taken := w.texts[label]; !taken {
				w.texts[label], w.labels[match[2]], known = match[2], label, true
			}
		}
		return `"` + match[1] + `":"` + label + `"`
	})
}

func (w *world) filled(text string) string {
	for label, token := range w.texts {
		text = strings.ReplaceAll(text, label, token)
	}
	return text
}

// realtime plays the commands of connections.
func (w *world) realtime(word, rest string) {
	name, rest, _ := strings.Cut(rest, " ")
	switch word {
	case "connect":
		credentials := w.credentials()
		if rest != "" {
			credentials = server.Credentials{APIKey: rest}
		}
		id := w.hub.Connect(credentials, nil)
		w.conns[name], w.names[id] = id, name
		w.frame(name, `{"type":"connection_init"}`)
	case "send":
		w.frame(name, rest)
	case "start":
		id, document, _ := strings.Cut(rest, " ")
		data := `{"query":` + strconv.Quote(document)
		if w.vars != "" {
			data += `,"variables":` + w.vars
		}
		extensions := fmt.Sprintf(`{"authorization":{"x-api-key":%q,"host":"h"}`, w.key)
		if w.token != "" {
			extensions = fmt.Sprintf(`{"authorization":{"Authorization":%q,"host":"h"}`, w.token)
		}
		if w.ext != "" {
			extensions += `,"deltabase":` + w.ext
		}
		w.vars, w.ext = "", ""
		w.frame(name, fmt.Sprintf(`{"id":%q,"type":"start","payload":{"data":%s,"extensions":%s}}`,
			id, strconv.Quote(data+"}"), extensions+"}"))
	case "stop":
		w.frame(name, fmt.Sprintf(`{"id":%q,"type":"stop"}`, rest))
	case "disconnect":
		w.hub.Disconnect(w.conns[name])
	case "expire":
		w.show(w.hub.Expire(w.now.UnixMilli()))
	case "alive":
		w.show(w.hub.KeepAlive())
	case "publish":
		out, err := w.hub.Publish()
		if err != nil {
			w.t.Fatal(err)
		}
		w.show(out)
	default:
		w.t.Fatalf("there is no command %q", word)
	}
}

func (w *world) frame(name, text string) {
	w.show(w.hub.Receive(w.conns[name], w.now.UnixMilli(), []byte(text)))
}

func (w *world) show(out []server.Out) {
	for _, o := range out {
		line := w.names[o.Conn] + " "
		// Every connection is told of multiplexed subscriptions; TestMultiplexIsAnnounced looks at it.
		line += strings.Replace(string(o.Text), `,"extensions":`+appsync.Announcement().String(), "", 1)
		if o.Close != 0 {
			line += fmt.Sprintf(" close %d %s", o.Close, o.Reason)
		}
		fmt.Fprintln(&w.out, strings.TrimSpace(line))
	}
}
