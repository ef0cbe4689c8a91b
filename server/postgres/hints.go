package postgres

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/jackc/pgx/v5"
)

// hints tell nodes that the log has grown: NOTIFY behind a commit, one for all that are committed meanwhile, and
// LISTEN on a connection of its own. They only hasten: the truth is in the log, which every node looks at
// every second or so in any case. Where the database or a pooler knows no NOTIFY, that is all.
type hints struct {
	t       *Tables
	channel string
	node    string // its own notifications are no news
	kick    chan struct{}
	heard   chan struct{}
	ctx     context.Context
	cancel  context.CancelFunc
}

func listen(t *Tables, config *pgx.ConnConfig) *hints {
	id := make([]byte, 8)
	rand.Read(id)
	h := &hints{t: t, channel: "deltabase " + t.d.schema, node: hex.EncodeToString(id),
		kick: make(chan struct{}, 1), heard: make(chan struct{}, 1)}
	h.ctx, h.cancel = context.WithCancel(context.Background())
	go h.sending()
	go h.listening(config.Copy())
	return h
}

func (h *hints) close() { h.cancel() }

// Changes tells that another node has committed something, or may have. It is server.Told's.
func (t *Tables) Changes() <-chan struct{} { return t.hints.heard }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it has been told and has not looked yet
	}
}

func (h *hints) send() { signal(h.kick) }

func (h *hints) sending() {
	for {
		select {
		case <-h.ctx.Done():
			return
		case <-h.kick:
		}
		within, cancel := context.WithTimeout(h.ctx, ConnectWithin)
		h.t.pool.Exec(within, `SELECT pg_notify($1, $2)`, h.channel, h.node) // a hint that is lost costs a second
		cancel()
		h.pause(HintEvery)
	}
}

func (h *hints) pause(d time.Duration) {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-h.ctx.Done():
	case <-wait.C:
	}
}

func (h *hints) listening(config *pgx.ConnConfig) {
	for h.ctx.Err() == nil {
		if conn, err := pgx.ConnectConfig(h.ctx, config); err == nil {
			h.hear(conn)
			within, cancel := context.WithTimeout(context.Background(), time.Second)
			conn.Close(within)
			cancel()
		}
		h.pause(ListenAgainAfter)
	}
}

// hear listens until the connection is gone. What was committed before it listened was told to nobody.
func (h *hints) hear(conn *pgx.Conn) {
	if _, err := conn.Exec(h.ctx, `LISTEN `+pgx.Identifier{h.channel}.Sanitize()); err != nil {
		return
	}
	signal(h.heard)
	for {
		told, err := conn.WaitForNotification(h.ctx)
		if err != nil {
			return
		}
		if told.Payload != h.node {
			signal(h.heard)
		}
	}
}
