package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// wire is a worker's connection to a server. It is as little of a client as can be, for both servers
// alike: what the load itself costs is taken from them, where they share the processors.
type wire struct {
	conn net.Conn
	in   *bufio.Reader
	head string
}

// wires opens a connection for each worker.
func wires(workers int, url, path string) ([]*wire, error) {
	address := strings.TrimPrefix(url, "http://")
	all := make([]*wire, workers)
	for i := range all {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		all[i] = &wire{conn: conn, in: bufio.NewReader(conn), head: "POST " + path + " HTTP/1.1\r\nHost: " + address +
			"\r\nContent-Type: application/json\r\nx-api-key: " + apiKey + "\r\n"}
	}
	return all, nil
}

func hangUp(all []*wire) {
	for _, w := range all {
		w.conn.Close()
	}
}

// post sends a body and checks that the answer says what was asked for.
func (w *wire) post(body []byte, says string) error {
	if _, err := fmt.Fprintf(w.conn, "%sContent-Length: %d\r\n\r\n%s", w.head, len(body), body); err != nil {
		return err
	}
	answer, err := http.ReadResponse(w.in, nil)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(answer.Body)
	if err == nil && (answer.StatusCode != 200 || !bytes.Contains(text, []byte(says))) {
		err = fmt.Errorf("%d %s", answer.StatusCode, text[:min(len(text), 300)])
	}
	return err
}
