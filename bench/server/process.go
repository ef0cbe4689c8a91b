package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const apiKey = "da2-bench"

// process is a server under measurement.
type process struct {
	command *exec.Cmd
	url     string
	output  bytes.Buffer
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// startDeltabase serves a schema from a new folder.
func startDeltabase(command, folder, schema, config string) (*process, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(address)
	if err := os.WriteFile(filepath.Join(folder, "schema.graphql"), []byte(schema), 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "deltabase.json"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	return start(address, "/readyz", command, "serve", "--config", filepath.Join(folder, "deltabase.json"), "--host", host, "--port", port)
}

func startPeer(folder string, full bool) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return start(address, "/api/health", self, "-peer", folder, "-address", address, "-full="+strconv.FormatBool(full))
}

// start runs a server and waits until it answers.
func start(address, health, name string, arguments ...string) (*process, error) {
	p := &process{command: exec.Command(name, arguments...), url: "http://" + address}
	p.command.Stdout, p.command.Stderr = &p.output, &p.output
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		request, _ := http.NewRequestWithContext(ctx, "GET", p.url+health, nil)
		if answer, err := http.DefaultClient.Do(request); err == nil {
			answer.Body.Close()
			if answer.StatusCode == 200 {
				return p, nil
			}
		}
		if ctx.Err() != nil {
			p.stop()
			return nil, fmt.Errorf("%s does not answer at %s:\n%s", name, p.url, p.output.String())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (p *process) stop() {
	p.command.Process.Kill()
	p.command.Wait()
}

// memoryKB is the resident memory of the process.
func (p *process) memoryKB() (int, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.command.Process.Pid) + "/status")
	if err != nil {
		return 0, err
	}
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
		}
	}
	return 0, fmt.Errorf("no VmRSS in /proc")
}

// cpu is the processor time that the process has used.
func (p *process) cpu() (time.Duration, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.command.Process.Pid) + "/stat")
	if err != nil {
		return 0, err
	}
	_, fields, _ := strings.Cut(string(text), ") ") // the name may have spaces
	var ticks int64
	for _, field := range strings.Fields(fields)[11:13] { // utime and stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

const ticksPerSecond = 100 // USER_HZ of Linux
