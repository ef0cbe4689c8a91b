// Command server measures the server beside a peer: client and servers are separate processes, the
// workloads of both alternate in one run, and every figure is printed with its pair. It has a module
// of its own so that the peer (PocketBase) stays out of the server's.
//
//	go run . [-seconds 4] [-rounds 3] [-entries 200000]
//
// It is run in its own folder and builds the command first.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// options of a run.
type options struct {
	seconds int // of each measurement
	rounds  int
	entries int // log entries that are purged
	sockets int
}

func main() {
	var o options
	peer := flag.String("peer", "", "internal: serve the peer's database from this folder")
	address := flag.String("address", "", "internal: where the peer listens")
	flag.IntVar(&o.seconds, "seconds", 4, "seconds of each measurement")
	flag.IntVar(&o.rounds, "rounds", 3, "repetitions; the table has their medians")
	flag.IntVar(&o.entries, "entries", 200_000, "log entries that are purged under writers")
	flag.IntVar(&o.sockets, "sockets", 1_000, "idle sockets")
	flag.Parse()
	if *peer != "" {
		exit(servePeer(*peer, *address))
	}
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench/server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) error {
	folder, err := os.MkdirTemp("", "bench-server-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	command := filepath.Join(folder, "deltabase")
	build := exec.Command("go", "build", "-trimpath", "-o", command, "./cmd/deltabase")
	build.Dir = filepath.Join("..", "..") // a module of its own
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the command: %v\n%s", err, out)
	}
	fmt.Printf("%s, %d s a measurement, medians of %d rounds\n\n", time.Now().UTC().Format(time.DateOnly), o.seconds, o.rounds)
	for _, measure := range []func(options, string, string) error{creates, sockets, readers, purging} {
		if err := measure(o, command, folder); err != nil {
			return err
		}
	}
	return nil
}
