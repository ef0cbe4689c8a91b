package function

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"sync"
)

// request is what a child is told, reply what it says: JSON behind its length in four bytes.
type request struct {
	Source      string
	Module      bool   // an ES module, else a CommonJS one
	Event       string // "" only loads the file
	TimeoutMs   int64
	MemoryBytes int
}

type reply struct {
	Answer  string
	Console []string
	Code    string // of an Error, "" when there is an answer
	Message string
}

// pool keeps child processes. A child serves one call at a time, any function of any file, and is
// killed when a call went wrong in whatever way.
type pool struct {
	command []string
	room    chan struct{} // one token per child that may run

	mu     sync.Mutex
	idle   []*child
	all    map[*child]bool
	closed bool
}

func newPool(command []string, workers int) *pool {
	return &pool{command: command, room: make(chan struct{}, workers), all: map[*child]bool{}}
}

// child is one process. Its owner is whoever holds it: a call, or the pool's idle list.
type child struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	calls   int
	ended   chan struct{}
}

var errClosed = errors.New("the server is shutting down")

// call runs one request in a child and kills it when ctx ends first.
func (p *pool) call(ctx context.Context, q request) (reply, error) {
	select {
	case p.room <- struct{}{}:
		defer func() { <-p.room }()
	case <-ctx.Done():
		return reply{}, ctx.Err()
	}
	c, err := p.take()
	if err != nil {
		return reply{}, err
	}
	stop := context.AfterFunc(ctx, c.kill)
	answer, err := c.exchange(q)
	if !stop() && err == nil {
		err = ctx.Err() // killed behind its answer
	}
	if err != nil || answer.Code != "" || c.calls >= callsPerChild {
		p.discard(c)
		return answer, err
	}
	p.put(c)
	return answer, nil
}

func (p *pool) take() (*child, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		return c, nil
	}
	c, err := start(p.command)
	if err != nil {
		return nil, err
	}
	p.all[c] = true
	return c, nil
}

func (p *pool) put(c *child) {
	p.mu.Lock()
	closed := p.closed
	if !closed {
		p.idle = append(p.idle, c)
	}
	p.mu.Unlock()
	if closed {
		p.discard(c)
	}
}

func (p *pool) discard(c *child) {
	c.kill()
	<-c.ended
	p.mu.Lock()
	delete(p.all, c)
	p.mu.Unlock()
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	var all []*child
	for c := range p.all {
		all = append(all, c)
	}
	idle := slices.Clone(p.idle)
	p.idle = nil
	p.mu.Unlock()
	for _, c := range all {
		c.kill() // those of calls under way, too: the calls fail and discard them
	}
	for _, c := range idle {
		p.discard(c)
	}
}

// start runs a child without the server's environment: a function sees nothing of it.
func start(command []string) (*child, error) {
	if len(command) == 0 {
		return nil, errors.New("this host runs no functions in files")
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the function's process cannot be started: %w", err)
	}
	c := &child{command: cmd, in: in, out: bufio.NewReader(out), ended: make(chan struct{})}
	go func() {
		cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// kill ends the process. It is reaped by its own goroutine.
func (c *child) kill() {
	c.command.Process.Kill()
	c.in.Close()
}

// exchange sends a request and waits for the reply, or for the end of the process.
func (c *child) exchange(q request) (reply, error) {
	c.calls++
	if err := writeFrame(c.in, q); err != nil {
		return reply{}, c.death()
	}
	var answer reply
	if err := readFrame(c.out, &answer); err != nil {
		return reply{}, c.death()
	}
	return answer, nil
}

func (c *child) death() error {
	c.kill()
	<-c.ended
	return fmt.Errorf("its process ended (%s)", c.command.ProcessState)
}

func writeFrame(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...))
	return err
}

func readFrame(r io.Reader, into any) error {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > frameBytesMax {
		return fmt.Errorf("function: a frame of %d bytes", n)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}
