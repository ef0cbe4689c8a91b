// Package function runs the conflict functions of strategy LAMBDA for a host: a JavaScript file in a
// child process, or an HTTP(S) endpoint. Both get AppSync's event and give its answer as JSON.
// Whatever a function does, a call ends by its deadline, and the server goes on.
package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options of a Runner. Child is required for functions in files.
type Options struct {
	Folder      string        // names of files are relative to it
	Child       []string      // the command whose program runs Serve on its standard input and output
	Deadline    time.Duration // of one call; default 10 s
	MemoryBytes int           // of a JavaScript function; default 64 MiB
	Workers     int           // child processes at most; default 4
	Log         *slog.Logger  // what functions write to their console; default: nothing is logged
}

// Runner asks conflict functions. Safe for concurrent use.
type Runner struct {
	options Options
	pool    *pool
	client  *http.Client
}

// Codes of Error.
const (
	Missing     = "function_missing"     // no such file, or it exports no handler
	Timeout     = "function_timeout"     // no answer by the deadline
	Threw       = "function_threw"       // an exception, a lack of memory
	NoAnswer    = "function_no_answer"   // a promise that never settles, an answer that is no JSON
	TooLarge    = "function_too_large"   // the answer, the event or the file
	Died        = "function_died"        // its process ended
	Unreachable = "function_unreachable" // the endpoint cannot be reached, or did not answer with 200
)

// Error says why a function gave no answer. Message is a sentence for the log.
type Error struct {
	Code, Function, Message string
	Cause                   error // may be nil
}

func (e *Error) Error() string { return e.Function + ": " + e.Message }
func (e *Error) Unwrap() error { return e.Cause }

// New makes a runner. Close ends its processes.
func New(options Options) *Runner {
	if options.Deadline == 0 {
		options.Deadline = DeadlineDefault
	}
	if options.MemoryBytes == 0 {
		options.MemoryBytes = MemoryBytesDefault
	}
	if options.Workers == 0 {
		options.Workers = WorkersDefault
	}
	if options.Log == nil {
		options.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{options: options, pool: newPool(options.Child, options.Workers), client: newClient()}
}

// Close ends the child processes, whose calls under way fail, and idle connections.
func (r *Runner) Close() {
	r.pool.close()
	r.client.CloseIdleConnections()
}

// Call asks the function of a name, a file or an address that begins with http:// or https://, and
// returns what it answered: JSON text, which nobody has checked for its meaning. The error is an
// *Error.
func (r *Runner) Call(ctx context.Context, name string, event []byte) ([]byte, error) {
	if len(event) > EventBytesMax {
		return nil, &Error{Code: TooLarge, Function: name, Message: fmt.Sprintf("the event has %d bytes; at most %d are sent", len(event), EventBytesMax)}
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.Deadline)
	defer cancel()
	var answer []byte
	var err error
	if IsAddress(name) {
		answer, err = r.post(ctx, name, event)
	} else {
		answer, err = r.run(ctx, name, event)
	}
	var typed *Error
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return nil, &Error{Code: Timeout, Function: name, Cause: err,
			Message: fmt.Sprintf("it gave no answer in %s", r.options.Deadline)}
	case errors.As(err, &typed):
		return nil, typed
	}
	return nil, &Error{Code: Died, Function: name, Message: err.Error(), Cause: err}
}

// IsAddress tells a function behind HTTP from one in a file.
func IsAddress(name string) bool {
	return strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://")
}

// Check finds what is wrong with a function before it is needed: an address that is none, a file
// that is missing or cannot be compiled. It calls no handler. The error is an *Error.
func (r *Runner) Check(ctx context.Context, name string) error {
	if IsAddress(name) {
		if address, err := url.Parse(name); err != nil || address.Host == "" {
			return &Error{Code: Missing, Function: name, Message: "this is no address; write one such as https://host/path", Cause: err}
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.Deadline)
	defer cancel()
	_, err := r.run(ctx, name, nil)
	if err != nil && ctx.Err() != nil {
		return &Error{Code: Timeout, Function: name, Message: "loading it took longer than " + r.options.Deadline.String(), Cause: err}
	}
	return err
}

// run calls a function in a file. The file is read each time, so that a change takes effect with
// the next conflict.
func (r *Runner) run(ctx context.Context, name string, event []byte) ([]byte, error) {
	source, err := r.source(name)
	if err != nil {
		return nil, err
	}
	deadline, _ := ctx.Deadline()
	reply, err := r.pool.call(ctx, request{
		Source: source, Module: strings.HasSuffix(name, ".mjs"), Event: string(event),
		TimeoutMs: time.Until(deadline).Milliseconds(), MemoryBytes: r.options.MemoryBytes,
	})
	if err != nil {
		return nil, err
	}
	for _, line := range reply.Console {
		r.options.Log.Info("function", "function", name, "console", line)
	}
	if reply.Code != "" {
		return nil, &Error{Code: reply.Code, Function: name, Message: reply.Message}
	}
	return []byte(reply.Answer), nil
}

func (r *Runner) source(name string) (string, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.options.Folder, filepath.FromSlash(name))
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", &Error{Code: Missing, Function: name, Message: "there is no such file; write it, or name another function", Cause: err}
	case info.IsDir():
		return "", &Error{Code: Missing, Function: name, Message: "this is a folder; name a JavaScript file"}
	case info.Size() > SourceBytesMax:
		return "", &Error{Code: TooLarge, Function: name, Message: fmt.Sprintf("the file has %d bytes; at most %d are run", info.Size(), SourceBytesMax)}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", &Error{Code: Missing, Function: name, Message: "the file cannot be read: " + err.Error(), Cause: err}
	}
	return string(text), nil
}
