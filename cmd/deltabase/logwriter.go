package main

import (
	"io"
	"sync"
	"time"
)

// logWriter writes lines behind the back of those who log: a busy server would spend more on the system call of
// each line than on the line. Lines go out together, logLinesWait after the first of them; a process
// that is killed loses no more. While logBytesWaitingMax wait, those who log wait, too.
type logWriter struct {
	to io.Writer

	mu      sync.Mutex
	changed sync.Cond // something waits, or was written
	waiting []byte
	closed  bool
	hurry   chan struct{} // told when no line should wait any longer
	done    chan struct{}
}

func newLogWriter(to io.Writer) *logWriter {
	l := &logWriter{to: to, hurry: make(chan struct{}, 1), done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.run()
	return l
}

// Write takes whole lines. It never fails: nobody could be told.
func (l *logWriter) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) >= logBytesWaitingMax && !l.closed {
		l.soon()
		l.changed.Wait()
	}
	if l.closed {
		return l.to.Write(lines)
	}
	if len(l.waiting) == 0 {
		l.changed.Broadcast()
	}
	l.waiting = append(l.waiting, lines...)
	return len(lines), nil
}

func (l *logWriter) run() {
	defer close(l.done)
	var out []byte
	for {
		l.mu.Lock()
		for len(l.waiting) == 0 && !l.closed {
			l.changed.Wait()
		}
		if !l.closed {
			l.mu.Unlock()
			l.gather()
			l.mu.Lock()
		}
		out, l.waiting = l.waiting, out[:0]
		ended := len(out) == 0
		l.changed.Broadcast()
		l.mu.Unlock()
		if ended {
			return
		}
		l.to.Write(out) // where it fails there is nobody to tell
	}
}

// gather lets more lines come.
func (l *logWriter) gather() {
	enough := time.NewTimer(logLinesWait)
	defer enough.Stop()
	select {
	case <-enough.C:
	case <-l.hurry:
	}
}

func (l *logWriter) soon() {
	select {
	case l.hurry <- struct{}{}:
	default:
	}
}

// Close writes what waits. What is logged later is written at once.
func (l *logWriter) Close() {
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.soon()
	l.mu.Unlock()
	<-l.done
}
