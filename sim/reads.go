package sim

import (
	"errors"

	"github.com/deltabase/deltabase/server"
)

var errRead = errors.New("the server's disk could not be read")

// failingReader is a transaction of the server in which a read fails, after some that don't.
type failingReader struct {
	server.Reader
	left int // reads until one fails
}

func (r *failingReader) fails() bool {
	r.left--
	return r.left < 0
}

func (r *failingReader) Position() (server.Position, error) {
	if r.fails() {
		return server.Position{}, errRead
	}
	return r.Reader.Position()
}

func (r *failingReader) Row(model, id string) (server.Row, bool, error) {
	if r.fails() {
		return server.Row{}, false, errRead
	}
	return r.Reader.Row(model, id)
}

func (r *failingReader) RowsByKey(model, after string, span server.Span) ([]server.Row, bool, error) {
	if r.fails() {
		return nil, false, errRead
	}
	return r.Reader.RowsByKey(model, after, span)
}

func (r *failingReader) RowsSince(model string, afterSeq int64, span server.Span) ([]server.Row, bool, error) {
	if r.fails() {
		return nil, false, errRead
	}
	return r.Reader.RowsSince(model, afterSeq, span)
}

func (r *failingReader) ChangesSince(model string, fromMs, afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	if r.fails() {
		return nil, false, errRead
	}
	return r.Reader.ChangesSince(model, fromMs, afterSeq, span)
}

func (r *failingReader) Log(afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	if r.fails() {
		return nil, false, errRead
	}
	return r.Reader.Log(afterSeq, span)
}

// hitReads is the window of a disk that fails to read, when it hits this transaction.
func (w *World) hitReads() *window {
	for _, open := range w.windows {
		if open.fault.Kind == ReadFault && open.endMs > w.nowMs && open.dice.chance(open.odds) {
			return open
		}
	}
	return nil
}
