package function

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"modernc.org/quickjs"
)

//go:embed prelude.js
var prelude string

// Serve is the life of a child process: it answers the requests of in on out, one after the other,
// each in a JavaScript machine of its own, until in ends. Functions get the language and a console,
// and nothing of the machine that they run on.
func Serve(in io.Reader, out io.Writer) error {
	debug.SetMaxStack(stackBytesMax)
	for {
		var q request
		if err := readFrame(in, &q); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := writeFrame(out, q.run()); err != nil {
			return err
		}
	}
}

func (q request) run() reply {
	vm, err := quickjs.NewVM()
	if err != nil {
		return reply{Code: Died, Message: err.Error()}
	}
	defer vm.Close()
	vm.SetMemoryLimit(uintptr(q.MemoryBytes))
	m := machine{vm: vm, deadline: time.Now().Add(time.Duration(q.TimeoutMs) * time.Millisecond)}
	if _, err := m.eval(prelude, quickjs.EvalGlobal); err != nil {
		return m.failure(err)
	}
	if err := m.load(q); err != nil {
		return m.failure(err)
	}
	if _, err := m.call("deltabaseCall", q.Event); err != nil {
		return m.failure(err)
	}
	if err := m.settle(); err != nil {
		return m.failure(err)
	}
	return m.outcome()
}

// machine is one JavaScript machine with a deadline over all that it does.
type machine struct {
	vm       *quickjs.VM
	deadline time.Time
}

var errLate = errors.New("InternalError: interrupted")

// begin gives the next step what is left of the time.
func (m machine) begin() error {
	left := time.Until(m.deadline)
	if left <= 0 {
		return errLate
	}
	return m.vm.SetEvalTimeout(left)
}

func (m machine) eval(source string, flags int) (any, error) {
	if err := m.begin(); err != nil {
		return nil, err
	}
	return m.vm.Eval(source, flags)
}

func (m machine) call(function string, arguments ...any) (any, error) {
	if err := m.begin(); err != nil {
		return nil, err
	}
	return m.vm.Call(function, arguments...)
}

func (m machine) settle() error {
	if err := m.begin(); err != nil {
		return err
	}
	_, err := m.vm.ExecutePendingJobs()
	return err
}

// load evaluates a file. The line numbers of its errors are the file's.
func (m machine) load(q request) error {
	if !q.Module {
		_, err := m.eval("deltabaseLoad((exports, module) => {"+q.Source+"\n})", quickjs.EvalGlobal)
		return err
	}
	m.vm.SetModuleLoader(func(_ *quickjs.VM, name string) (string, error) {
		if name != "function" {
			return "", fmt.Errorf("import of %q: a function is one file and imports nothing", name)
		}
		return q.Source, nil
	}, func(_ *quickjs.VM, _, name string) (string, error) { return name, nil })
	if _, err := m.eval(`import * as loaded from "function"; deltabaseLoad((_, module) => { module.exports = loaded });`, quickjs.EvalModule); err != nil {
		return err
	}
	return m.settle()
}

// outcome reads what the prelude has noted.
func (m machine) outcome() reply {
	text, err := m.call("deltabaseOutcome")
	if err != nil {
		return m.failure(err)
	}
	var noted struct {
		State, Text string
		Console     []string
	}
	if line, ok := text.(string); !ok || json.Unmarshal([]byte(line), &noted) != nil {
		return reply{Code: NoAnswer, Message: "it left no answer"}
	}
	r := reply{Console: noted.Console[:min(len(noted.Console), ConsoleLinesMax)]}
	switch {
	case noted.State == "answered" && len(noted.Text) > AnswerBytesMax:
		r.Code, r.Message = TooLarge, fmt.Sprintf("its answer is larger than %d bytes", AnswerBytesMax)
	case noted.State == "answered":
		r.Answer = noted.Text
	case noted.State == "missing":
		r.Code, r.Message = Missing, "the file exports no function named handler; write exports.handler = (event) => ..."
	case noted.State == "threw":
		r.Code, r.Message = Threw, "it threw "+cut(noted.Text)
	default:
		r.Code, r.Message = NoAnswer, "it promised an answer that never comes"
	}
	return r
}

func (m machine) failure(err error) reply {
	if time.Now().After(m.deadline) || err.Error() == errLate.Error() {
		return reply{Code: Timeout, Message: "it gave no answer in time"}
	}
	return reply{Code: Threw, Message: "it threw " + cut(err.Error())}
}

func cut(text string) string {
	if len(text) > errorCharsMax {
		return text[:errorCharsMax] + "..."
	}
	return text
}
