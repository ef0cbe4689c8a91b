// Command server measures the server beside a peer: client and servers are separate processes, the
// workloads of both alternate in one run, and every figure is printed with its pair. It has a module
// of its own so that the peer (PocketBase) stays out of the server's.
//
//	go run . [-seconds 4] [-rounds 3] [-entries 200000] [-only creates,readers] [-results RESULTS.md]
//
// It is run in its own folder and builds the command first.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is where the tables go.
var report io.Writer = os.Stdout

// options of a run.
type options struct {
	seconds int // of each measurement
	rounds  int
	entries int // log entries that are purged
	sockets int
	only    []string // measurements; none means all
	writers []int
	command string // a binary that is there already
	results string // a file that gets the tables, too
}

func main() {
	var o options
	peer := flag.String("peer", "", "internal: serve the peer's database from this folder")
	full := flag.Bool("full", false, "internal: the peer waits for the disk at each commit")
	address := flag.String("address", "", "internal: where the peer listens")
	flag.IntVar(&o.seconds, "seconds", 4, "seconds of each measurement")
	flag.IntVar(&o.rounds, "rounds", 3, "repetitions; the table has their medians")
	flag.IntVar(&o.entries, "entries", 200_000, "log entries that are purged under writers")
	flag.IntVar(&o.sockets, "sockets", 900, "idle sockets; an address may have 1,000, and 50 are opened before")
	only := flag.String("only", "", "the measurements to make, of creates, sockets, readers, purging; default: all")
	writers := flag.String("writers", "1,8,64", "how many writers create at a time")
	flag.StringVar(&o.command, "command", "", "the deltabase binary to measure; default: it is built")
	flag.StringVar(&o.results, "results", "", "a file that gets what is printed, too")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, one := range strings.Split(*writers, ",") {
		n, err := strconv.Atoi(one)
		if err != nil || n < 1 {
			exit(fmt.Errorf("-writers %s: write numbers such as 1,8,64", *writers))
		}
		o.writers = append(o.writers, n)
	}
	if *peer != "" {
		exit(servePeer(*peer, *address, *full))
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
	command := o.command
	if command == "" {
		if command, err = build(folder); err != nil {
			return err
		}
	}
	if o.results != "" {
		file, err := os.Create(o.results)
		if err != nil {
			return err
		}
		defer file.Close()
		report = io.MultiWriter(os.Stdout, file)
	}
	heading(o)
	for _, one := range []struct {
		name    string
		measure func(o options, command, folder string) error
	}{{"creates", creates}, {"sockets", sockets}, {"readers", readers}, {"purging", purging}} {
		if len(o.only) > 0 && !slices.Contains(o.only, one.name) {
			continue
		}
		if err := one.measure(o, command, folder); err != nil {
			return err
		}
	}
	return nil
}

func build(folder string) (command string, err error) {
	command = filepath.Join(folder, "deltabase")
	build := exec.Command("go", "build", "-trimpath", "-o", command, "./cmd/deltabase")
	build.Dir = filepath.Join("..", "..") // a module of its own
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the command: %v\n%s", err, out)
	}
	return command, nil
}

// heading says what was measured, on what, and how busy the machine was before the run: figures of a
// loaded machine are not to be compared with others.
func heading(o options) {
	fmt.Fprintln(report, "# Load on the server")
	fmt.Fprintln(report)
	fmt.Fprintf(report, "Made by `go run . %s` in this folder: %s, %d s a measurement, medians of %d rounds.\n",
		strings.Join(os.Args[1:], " "), time.Now().UTC().Format(time.DateOnly), o.seconds, o.rounds)
	fmt.Fprintf(report, "%s, %d cores, load average before the run %s.\n", runtime.Version(), runtime.NumCPU(), loadAverage())
	of := "as of commit " + commit()
	if o.command != "" {
		of = "of a binary that was given"
	}
	fmt.Fprintf(report, "Deltabase %s, PocketBase %s.\n\n", of, versionOf("github.com/pocketbase/pocketbase"))
}

func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return one
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func versionOf(module string) string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, one := range info.Deps {
			if one.Path == module {
				return one.Version
			}
		}
	}
	return "unknown"
}
