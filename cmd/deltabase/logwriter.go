package main

import (
	"io"
	"sync"
)

// logWriter writes lines behind the back of those who log: a busy server would spend more on the system call of
// each line than on the line. What is waiting goes out together, within the time of one write; a process
// that is killed loses no more. While logBytesWaitingMax wait, those who log wait, too.
type logWriter struct {
	to io.Writer

	mu      sync.Mutex
	changed sync.Cond // something waits, or was written
	waiting []byte
	closed  bool
	done    chan struct{}
}

func newLogWriter(to io.Writer) *logWriter {
	l := &logWriter{to: to, done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.run()
	return l
}

// Write takes whole lines. It never fails: nobody could be told.
func (l *logWriter) Write(lines []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) >= logBytesWaitingMax && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return l.to.Write(lines)
	}
	l.waiting = append(l.waiting, lines...)
	l.changed.Broadcast()
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

// Close writes what waits. What is logged later is written at once.
func (l *logWriter) Close() {
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	<-l.done
}
