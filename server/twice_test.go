package server_test

import (
	"errors"
	"testing"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/memory"
)

// twice are tables that find out at the end of every update that another one was faster, and carry it out
// once more, as back ends that several nodes share do.
type twice struct{ server.Tables }

var errTwice = errors.New("once more")

func (t twice) Update(f func(server.Writer) error) error {
	t.Tables.Update(func(w server.Writer) error {
		f(w)
		return errTwice
	})
	return t.Tables.Update(f)
}

func init() {
	backEnds = append(backEnds, backEnd{"carried out twice", func(*testing.T) server.Tables { return twice{memory.New(0)} }})
}
