//go:build !js

package server_test

import (
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
)

// BenchmarkCreateByMany commits one record per request by 64 writers at a time,
// and tells what a create takes of the processor beside what it waits.
func BenchmarkCreateByMany(b *testing.B) {
	s := benchServer(b)
	var next atomic.Int64
	b.ResetTimer()
	before := processorTime()
	var writers sync.WaitGroup
	for range 64 {
		writers.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				var input, vars record.Builder
				input.SetString("title", "A record of the usual size, more or less, as they are")
				vars.Set("input", input.Object())
				benchPost(b, s, appsync.Request{Query: `mutation m($input: CreateTodoInput!) { createTodo(input: $input) { id title _version _lastChangedAt _deleted } }`,
					Variables: vars.Object()})
			}
		})
	}
	writers.Wait()
	b.ReportMetric(float64(processorTime()-before)/float64(b.N)/1000, "cpu-us/op")
}

// processorTime of this process, in nanoseconds.
func processorTime() int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
