package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// sockets: what an idle connection costs the server in memory, without and with three subscriptions.
func sockets(o options, command, folder string) error {
	fmt.Fprintln(report, "| idle sockets | kB each |")
	fmt.Fprintln(report, "|---|---|")
	for _, subscriptions := range []int{0, 3} {
		each, err := idle(o, command, filepath.Join(folder, fmt.Sprint("sockets", subscriptions)), subscriptions)
		if err != nil {
			return err
		}
		fmt.Fprintf(report, "| %d with %d subscriptions | %.1f |\n", o.sockets, subscriptions, each)
	}
	fmt.Fprintln(report)
	return nil
}

func idle(o options, command, folder string, subscriptions int) (kBEach float64, err error) {
	config := strings.TrimSuffix(openConfig, "}") + `, "limits": {"socketsPerAddress": 100000}}`
	p, err := startDeltabase(command, folder, todoSchema, config)
	if err != nil {
		if p, err = startDeltabase(command, folder, todoSchema, openConfig); err != nil {
			return 0, err
		}
	}
	defer p.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	for range 50 { // what the first ones bring is not theirs
		if _, err := listen(ctx, p, subscriptions); err != nil {
			return 0, err
		}
	}
	before, err := p.memoryKB()
	if err != nil {
		return 0, err
	}
	for range o.sockets {
		if _, err := listen(ctx, p, subscriptions); err != nil {
			return 0, err
		}
	}
	after, err := p.memoryKB()
	return float64(after-before) / float64(o.sockets), err
}

// listen opens a realtime connection and subscribes; it returns when everything is acknowledged.
func listen(ctx context.Context, p *process, subscriptions int) (*websocket.Conn, error) {
	address, err := url.Parse(p.url)
	if err != nil {
		return nil, err
	}
	authorization := map[string]string{"host": address.Host, "x-api-key": apiKey}
	header := base64.RawURLEncoding.EncodeToString(body(authorization))
	conn, _, err := websocket.Dial(ctx, "ws://"+address.Host+"/graphql/realtime", &websocket.DialOptions{
		Subprotocols: []string{"graphql-ws", "header-" + header}})
	if err != nil {
		return nil, err
	}
	if err := say(ctx, conn, map[string]any{"type": "connection_init"}, "connection_ack"); err != nil {
		return nil, err
	}
	for i, operation := range []string{"Create", "Update", "Delete"}[:subscriptions] {
		data := string(body(map[string]any{"query": "subscription s { on" + operation + "Todo { id title note done rating _version _lastChangedAt _deleted } }"}))
		frame := map[string]any{"type": "start", "id": fmt.Sprint(i), "payload": map[string]any{
			"data": data, "extensions": map[string]any{"authorization": authorization}}}
		if err := say(ctx, conn, frame, "start_ack"); err != nil {
			return nil, err
		}
	}
	return conn, nil
}

// say sends a frame and waits for an answer of a type.
func say(ctx context.Context, conn *websocket.Conn, frame any, want string) error {
	if err := conn.Write(ctx, websocket.MessageText, body(frame)); err != nil {
		return err
	}
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		var answer struct{ Type string }
		if err := json.Unmarshal(text, &answer); err != nil {
			return err
		}
		switch answer.Type {
		case want:
			return nil
		case "error", "connection_error":
			return fmt.Errorf("the server said %s", text)
		}
	}
}
