// Package postgres keeps the server's tables in a PostgreSQL database (15 or later), which several servers
// may share. docs/postgres.md says how it is set up and what it promises.
package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/turns"
)

// Tables implement server.Tables in a schema of a PostgreSQL database.
type Tables struct {
	name    string // without a password
	d       *dialect
	pool    *pgxpool.Pool
	readers *turns.Queue
	heavy   *turns.Queue // before readers
	own     *turns.Queue // for what the server reads by itself
	writers *turns.Queue
	hints   *hints

	mu     sync.Mutex // over entering and closing
	closed atomic.Bool
	under  sync.WaitGroup
}

// Open opens the tables at an address, postgres://user:password@host:port/database?sslmode=verify-full&..., and
// makes them where there are none. Beside the settings of PostgreSQL's own addresses it may have schema=NAME, by
// default "deltabase", where the tables are, and pool_max_conns=N, by default 16. Errors are *server.StorageError.
func Open(ctx context.Context, address string) (*Tables, error) {
	config, schema, err := parse(address)
	if err != nil {
		return nil, err
	}
	t := &Tables{name: nameOf(config, schema), d: &dialect{schema: pgx.Identifier{schema}.Sanitize()}}
	n := int(config.MaxConns)
	writers := (n - OwnReaders - 1) / 2 // one is for hints
	readers := n - OwnReaders - 1 - writers
	t.readers, t.heavy, t.own, t.writers = turns.New(readers), turns.New(readers-1), turns.New(OwnReaders), turns.New(writers)
	if t.pool, err = pgxpool.NewWithConfig(context.WithoutCancel(ctx), config); err != nil {
		return nil, t.failure(err)
	}
	within, cancel := context.WithTimeout(ctx, TransactionSpan)
	defer cancel()
	if err := t.setUp(within, t.pool); err != nil {
		t.pool.Close()
		return nil, t.failure(told(err))
	}
	t.hints = listen(t, config.ConnConfig)
	return t, nil
}

// parse takes an address apart.
func parse(address string) (*pgxpool.Config, string, error) {
	wrong := func(cause error) error {
		return &server.StorageError{Code: server.StorageUnavailable, Cause: cause,
			Message: "the database's address is wrong; write postgres://user:password@host:5432/name?sslmode=verify-full"}
	}
	place, settings, _ := strings.Cut(address, "?") // several hosts are no URL of Go's
	query, err := url.ParseQuery(settings)
	if err != nil {
		return nil, "", wrong(nil) // its error repeats what was written
	}
	schema := query.Get("schema")
	if schema == "" {
		schema = "deltabase"
	}
	query.Del("schema")
	sized := query.Has("pool_max_conns")
	config, err := pgxpool.ParseConfig(place + "?" + query.Encode())
	if err != nil {
		return nil, "", wrong(err)
	}
	if !sized {
		config.MaxConns = ConnectionsDefault
	}
	config.MaxConns = max(config.MaxConns, ConnectionsMin)
	if !query.Has("connect_timeout") {
		config.ConnConfig.ConnectTimeout = ConnectWithin
	}
	if config.ConnConfig.RuntimeParams["application_name"] == "" {
		config.ConnConfig.RuntimeParams["application_name"] = "deltabase"
	}
	return config, schema, nil
}

func nameOf(config *pgxpool.Config, schema string) string {
	c := config.ConnConfig
	return "postgres://" + c.Host + "/" + c.Database + " (schema " + schema + ")"
}

// View reads in one transaction, which is a snapshot.
func (t *Tables) View(f func(server.Reader) error) error {
	return t.Within(context.Background(), "", false).View(f)
}

// Update is server.Tables'. f runs again when another update was faster.
func (t *Tables) Update(f func(server.Writer) error) error {
	return t.update(context.Background(), "", f)
}

// Within is server.Queued's.
func (t *Tables) Within(ctx context.Context, caller string, heavy bool) server.Tables {
	return &inLine{t, ctx, caller, heavy}
}

// Apart is server.Queued's.
func (t *Tables) Apart() server.Tables { return &apart{t} }

// inLine are the tables of a caller, who waits until ctx ends.
type inLine struct {
	*Tables
	ctx    context.Context
	caller string
	heavy  bool
}

func (q *inLine) View(f func(server.Reader) error) error {
	if q.heavy {
		done, err := q.Tables.heavy.Wait(q.ctx, q.caller)
		if err != nil {
			return q.busy(err)
		}
		defer done()
	}
	return q.view(q.ctx, q.readers, q.caller, f)
}

func (q *inLine) Update(f func(server.Writer) error) error { return q.update(q.ctx, q.caller, f) }

type apart struct{ *Tables }

func (a *apart) View(f func(server.Reader) error) error {
	return a.view(context.Background(), a.own, "", f)
}

// enter takes a place; Close waits for those who have one.
func (t *Tables) enter(ctx context.Context, queue *turns.Queue, caller string) (done func(), err error) {
	leave, err := queue.Wait(ctx, caller)
	if err != nil {
		return nil, t.busy(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed.Load() {
		leave()
		return nil, t.failure(errors.New("postgres: closed"))
	}
	t.under.Add(1)
	return func() { t.under.Done(); leave() }, nil
}

// connect takes a connection and begins. One that died while it lay in the pool is no reason to fail.
func (t *Tables) connect(ctx context.Context, begin string) (conn *pgxpool.Conn, err error) {
	for range FreshTries {
		if conn, err = t.pool.Acquire(ctx); err != nil {
			return nil, told(err)
		}
		if _, err = conn.Exec(ctx, begin); err == nil {
			return conn, nil
		}
		dead := conn.Conn().IsClosed()
		conn.Release()
		if !dead {
			break
		}
		t.pool.Reset() // the others are as old
	}
	return nil, told(err)
}

// release gives a connection back. One that could not end its transaction is closed.
func release(conn *pgxpool.Conn) {
	if !conn.Conn().IsClosed() && conn.Conn().PgConn().TxStatus() != 'I' {
		within, cancel := context.WithTimeout(context.Background(), ConnectWithin)
		defer cancel()
		conn.Exec(within, `ROLLBACK`)
	}
	conn.Release()
}

func (t *Tables) view(ctx context.Context, queue *turns.Queue, caller string, f func(server.Reader) error) error {
	done, err := t.enter(ctx, queue, caller)
	if err != nil {
		return err
	}
	defer done()
	within, cancel := context.WithTimeout(context.Background(), TransactionSpan)
	defer cancel()
	conn, err := t.connect(within, beginReading)
	if err != nil {
		return t.failure(err)
	}
	defer release(conn)
	err = f(&reader{within, conn, t.d})
	if err != nil && conn.Conn().IsClosed() {
		err = told(err)
	}
	return t.failure(err)
}

// update takes a place and tries.
func (t *Tables) update(ctx context.Context, caller string, f func(server.Writer) error) error {
	done, err := t.enter(ctx, t.writers, caller)
	if err != nil {
		return err
	}
	defer done()
	within, cancel := context.WithTimeout(context.Background(), TransactionSpan)
	defer cancel()
	for try := 0; ; try++ {
		err = t.try(within, f, try > 0)
		if !again(err) || try+1 == TriesMax {
			return t.failure(err)
		}
		if ctx.Err() != nil {
			return t.busy(ctx.Err())
		}
		select {
		case <-within.Done():
			return t.busy(within.Err())
		case <-time.After(rand.N(PauseMax * time.Duration(try+1) / TriesMax)):
		}
	}
}

// try carries out an update once. One that was overtaken locks first when it is tried again: then nobody
// can be faster.
func (t *Tables) try(ctx context.Context, f func(server.Writer) error, lockFirst bool) error {
	conn, err := t.connect(ctx, beginReading)
	if err != nil {
		return err
	}
	defer release(conn)
	w := &writer{reader: reader{ctx, conn, t.d}, conn: conn, begun: true,
		counts: map[string]int{}, rows: map[place]server.Row{}, remembered: map[string]server.Applied{}}
	if lockFirst {
		if err := w.lock(); err != nil {
			return told(err)
		}
	}
	err = f(w)
	if w.broken != nil {
		return told(w.broken)
	}
	if err != nil || !w.locked {
		return err
	}
	if err := w.send(true); err != nil {
		return told(err)
	}
	if w.moved {
		t.hints.send()
	}
	return nil
}

// told marks what the database did not report itself as a failure of the connection.
func told(err error) error {
	var native *pgconn.PgError
	var typed *server.StorageError
	if err == nil || errors.As(err, &native) || errors.As(err, &typed) || errors.Is(err, errOvertaken) {
		return err
	}
	return broken{err}
}

// Writable commits a change that changes nothing.
func (t *Tables) Writable() error {
	return t.Update(func(w server.Writer) error {
		_, err := w.Touch(0)
		w.(*writer).moved = true
		return err
	})
}

// Close waits for what is under way, no longer than CloseWithin, and closes the connections.
func (t *Tables) Close() error {
	t.mu.Lock()
	closed := t.closed.Swap(true)
	t.mu.Unlock()
	if closed {
		return nil
	}
	t.hints.close()
	ended := make(chan struct{})
	go func() {
		t.under.Wait()
		t.pool.Close()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-time.After(CloseWithin):
		return t.error(server.StorageBusy, "a transaction on %s does not end; its connection is left: nothing that was answered is lost", nil)
	}
}
