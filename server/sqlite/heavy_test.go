package sqlite

import (
	"context"
	"runtime"
	"testing"

	"github.com/deltabase/deltabase/server"
)

// TestShortViewsPassHeavyOnes: however many heavy views one caller has begun, another view of the same
// caller finds a connection at once.
func TestShortViewsPassHeavyOnes(t *testing.T) {
	tables := openGroup(t, Options{Readers: 2})
	finish, ended := make(chan struct{}), make(chan error)
	begun := make(chan struct{}, 8)
	for range 8 {
		go func() {
			ended <- tables.Within(context.Background(), "caller", true).View(func(server.Reader) error {
				begun <- struct{}{}
				<-finish
				return nil
			})
		}()
	}
	<-begun
	for tables.heavy.Waiting() != 7 {
		runtime.Gosched()
	}
	err := tables.Within(context.Background(), "caller", false).View(func(r server.Reader) error {
		_, err := r.Position()
		return err
	})
	if err != nil {
		t.Error(err)
	}
	close(finish)
	for range 8 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
