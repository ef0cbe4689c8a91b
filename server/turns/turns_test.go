package turns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestGoesRound: who has a hundred requests waiting gets every other turn beside who has two.
func TestGoesRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		first, err := q.Wait(t.Context(), "busy")
		if err != nil {
			t.Fatal(err)
		}
		var order []string
		ask := func(caller string) {
			go func() {
				done, err := q.Wait(t.Context(), caller)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, caller)
				done()
			}()
			synctest.Wait()
		}
		for range 100 {
			ask("busy")
		}
		ask("quiet")
		ask("quiet")
		first()
		synctest.Wait()
		if want := []string{"busy", "quiet", "busy", "quiet", "busy"}; !slices.Equal(order[:5], want) || len(order) != 102 {
			t.Errorf("%d turns, first %v, want %v", len(order), order[:5], want)
		}
		if q.free != 1 || q.waiting != 0 || len(q.lines) != 0 {
			t.Errorf("left: %d places, %d waiting, %d lines", q.free, q.waiting, len(q.lines))
		}
	})
}

// TestGivesUp: a wait ends with its context, and the place goes to the next one.
func TestGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		first, _ := q.Wait(t.Context(), "a")
		within, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := q.Wait(within, "b"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting ended with %v", err)
		}
		got := false
		go func() {
			done, err := q.Wait(t.Context(), "c")
			got = err == nil
			done()
		}()
		synctest.Wait()
		first()
		synctest.Wait()
		if !got || q.free != 1 || q.waiting != 0 {
			t.Errorf("the next one got its turn: %v; %d places, %d waiting", got, q.free, q.waiting)
		}
	})
}

// TestLimits tries each limit at N and at N+1.
func TestLimits(t *testing.T) {
	for _, one := range []struct {
		most   int
		caller func(i int) string
	}{
		{WaitingPerCallerMax, func(int) string { return "a" }},
		{WaitingMax, func(i int) string { return fmt.Sprint(i) }},
	} {
		q := New(0)
		for i := range one.most {
			if _, err := q.join(one.caller(i)); err != nil {
				t.Fatalf("%d of %d: %v", i, one.most, err)
			}
		}
		if _, err := q.join(one.caller(one.most)); !errors.Is(err, ErrFull) {
			t.Errorf("one more than %d: %v", one.most, err)
		}
	}
}
