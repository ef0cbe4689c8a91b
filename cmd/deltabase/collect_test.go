package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

func TestCollectorsPace(t *testing.T) {
	for _, one := range []struct {
		posts int64
		live  uint64
		want  int
	}{
		{0, 1 << 20, collectPercent},
		{collectBusyPosts, 1 << 20, collectBusyPercent},
		{collectBusyPosts, collectSmallBytes + 1, collectPercent},
	} {
		if got := percentFor(one.posts, one.live); got != one.want {
			t.Errorf("%d requests with %d bytes: %d, want %d", one.posts, one.live, got, one.want)
		}
	}
	if liveBytes() > 1<<40 {
		t.Error("the live heap is not told")
	}
}

// slowWriter lets one write through at a time.
type slowWriter struct {
	begun, goOn chan struct{}
	writes      [][]byte
}

func (s *slowWriter) Write(p []byte) (int, error) {
	s.begun <- struct{}{}
	<-s.goOn
	s.writes = append(s.writes, bytes.Clone(p))
	return len(p), nil
}

// TestLogLinesGoTogether: lines that come during a write share the next, in order, whole, and none is lost at the end.
func TestLogLinesGoTogether(t *testing.T) {
	slow := &slowWriter{begun: make(chan struct{}), goOn: make(chan struct{})}
	log := newLogWriter(slow)
	log.Write([]byte("one\n"))
	<-slow.begun
	log.Write([]byte("two\n"))
	log.Write([]byte("three\n"))
	var closed sync.WaitGroup
	closed.Go(log.Close)
	slow.goOn <- struct{}{}
	<-slow.begun
	slow.goOn <- struct{}{}
	closed.Wait()
	if got := string(bytes.Join(slow.writes, []byte("|"))); got != "one\n|two\nthree\n" {
		t.Errorf("%q", got)
	}
}

// TestLogIsBounded: who logs faster than lines are written waits.
func TestLogIsBounded(t *testing.T) {
	slow := &slowWriter{begun: make(chan struct{}), goOn: make(chan struct{})}
	log := newLogWriter(slow)
	log.Write([]byte("first\n"))
	<-slow.begun
	log.Write([]byte(strings.Repeat("x", logBytesWaitingMax)))
	passed := make(chan struct{})
	go func() {
		log.Write([]byte("last\n"))
		close(passed)
	}()
	select {
	case <-passed:
		t.Fatal("a line was taken although the buffer is full")
	default:
	}
	slow.goOn <- struct{}{} // the full buffer is taken over by the next write
	<-slow.begun
	<-passed
	var closed sync.WaitGroup
	closed.Go(log.Close)
	slow.goOn <- struct{}{}
	<-slow.begun
	slow.goOn <- struct{}{}
	closed.Wait()
	if n := len(slow.writes); n != 3 || string(slow.writes[2]) != "last\n" {
		t.Errorf("%d writes, the last %q", n, slow.writes[n-1][:min(len(slow.writes[n-1]), 10)])
	}
}
