package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqlite"
)

// held is a server whose database somebody else writes to, so that it can't be opened yet.
type held struct {
	url     string
	release func()
	stop    context.CancelFunc
	lines   *bufio.Scanner
	ended   chan error
}

func startHeld(t *testing.T) *held {
	t.Helper()
	folder := write(t, map[string]string{
		"schema.graphql": "type Todo @model @auth(rules: [{allow: public}]) { id: ID! title: String! }\n",
		"deltabase.json": `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["da2-test"]}`,
	})
	tables, err := sqlite.Open(filepath.Join(folder, "data.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	writing, goOn := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- tables.Update(func(w server.Writer) error {
			if _, err := w.Touch(1); err != nil {
				return err
			}
			close(writing)
			<-goOn
			return errors.New("nothing to keep")
		})
	}()
	<-writing
	t.Cleanup(func() {
		select {
		case <-goOn:
		default:
			close(goOn)
		}
		<-done
		tables.Close()
	})
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	free.Close()
	ctx, stop := context.WithCancel(t.Context())
	out, said := io.Pipe()
	h := &held{url: "http://127.0.0.1:" + strconv.Itoa(port), release: func() { close(goOn) }, stop: stop,
		lines: bufio.NewScanner(out), ended: make(chan error, 1)}
	o := listenOptions{config: filepath.Join(folder, "deltabase.json"), host: "127.0.0.1", port: port}
	go func() {
		h.ended <- serveProduction(ctx, o, said, io.Discard)
		said.Close()
	}()
	for deadline := time.Now().Add(30 * time.Second); ; {
		if status, _, _ := fetch(t, http.DefaultClient, "GET", h.url+"/healthz", ""); status == 200 {
			return h
		}
		if time.Now().After(deadline) {
			t.Fatal("the port stays closed while the database is opened")
		}
	}
}

// TestPortOpensFirst: while the database can't be opened yet, the server tells that it is starting.
func TestPortOpensFirst(t *testing.T) {
	h := startHeld(t)
	if status, text, _ := fetch(t, http.DefaultClient, "GET", h.url+"/readyz", ""); status != 503 || !strings.Contains(text, "starting") {
		t.Errorf("/readyz: %d %s", status, text)
	}
	status, text, header := fetch(t, http.DefaultClient, "POST", h.url+"/graphql", createA)
	if status != 503 || header.Get("Retry-After") == "" || !strings.Contains(text, "starting") {
		t.Errorf("a mutation: %d %s", status, text)
	}
	h.release()
	if !h.lines.Scan() || !strings.HasPrefix(h.lines.Text(), "ready ") {
		t.Fatalf("it said %q", h.lines.Text())
	}
	if status, text, _ := fetch(t, http.DefaultClient, "POST", h.url+"/graphql", createA); status != 200 || !strings.Contains(text, `"_version":1`) {
		t.Errorf("the mutation again: %d %s", status, text)
	}
	h.stop()
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
}

// TestStopWhileStarting: a server that is told to end does not wait for its start.
func TestStopWhileStarting(t *testing.T) {
	h := startHeld(t)
	h.stop()
	if err := <-h.ended; err != nil {
		t.Error(err)
	}
}
