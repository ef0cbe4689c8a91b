//go:build js && wasm

// Package indexeddb is the store in the browser's IndexedDB. Opening, upgrading and deleting go
// through go-indexeddb; what it lacks (getAll, and the events blocked, versionchange and close) is
// bound directly, on the same connection, and js/worker/transact.ts writes a batch.
//
// The database's own version is 1 for good: other schemas and other formats never change it
// (rule 11). One goroutine uses a store. A transaction awaits nothing but its own requests.
package indexeddb

import (
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"github.com/deltabase/deltabase/store"
)

// Store is a store in IndexedDB.
type Store = store.Database

// Open connects to the database of that name and makes it where there is none. Call Load next.
// lost, unless nil, is called on its own when the browser closes the connection: Store.Check then
// finds out why. preread, unless nil, gives what was read of it before; it may wait. The error is a
// *store.Fault: unavailable where the browser offers no IndexedDB, unknown where its storage fails, replaced where the database is of another version, quota,
// blocked where another connection is deleting the database.
func Open(name string, lost func(), preread func() store.Preread) (*Store, error) {
	b, err := connect(name, lost)
	if err != nil {
		return nil, err
	}
	db := store.NewDatabase(b, store.Limits{})
	damage := b.link.damage
	switch {
	case preread != nil && b.link.created:
		// What was read, if anything, is of a database that is no more.
		if found := preread(); damage == "" {
			damage = found.Damage
		}
	case preread != nil:
		db.Preread(preread)
	}
	if damage != "" {
		db.Found(&store.Fault{Code: store.CodeUnknown, Message: "The browser could not read its own storage and removed the " +
			"local database (" + damage + "). Unsent changes in it are lost; all rows are fetched again."})
	}
	return db, nil
}

// Destroy deletes a database that does not open.
func Destroy(name string) error {
	if err := destroy(name); err != nil {
		return faultOfOpening(err)
	}
	return nil
}

func connect(name string, lost func()) (*backend, error) {
	if lost == nil {
		lost = func() {}
	}
	l, err := dial(name, lost)
	if err != nil {
		return nil, err
	}
	return &backend{name: name, lost: lost, link: l}, nil
}

// A connection that broke is opened again reopenRetriesMax times more, after reopenWait and four
// times as long each time.
const (
	reopenRetriesMax = 3
	reopenWait       = 100 * time.Millisecond
)

type backend struct {
	name  string
	lost  func()
	link  *link
	fault *store.Fault // set until Renew, or for good: deleted, replaced, closed
}

// retry runs an attempt, and once more on a new connection where the browser had dropped the old
// one: WebKit and Chromium close connections on their own, and every later call then fails with
// InvalidStateError (https://bugs.webkit.org/show_bug.cgi?id=201483).
func (b *backend) retry(attempt func(again bool) error) error {
	for again := false; ; again = true {
		if b.fault != nil {
			return b.fault
		}
		if b.link.lost {
			if err := b.reopen(); err != nil {
				return err
			}
		}
		err := attempt(again)
		if err == nil {
			return nil
		}
		if again || !(b.link.lost || isLost(err)) {
			return faultOf(err)
		}
		b.link.lost = true
	}
}

// reopen connects again. A database that is new now was deleted meanwhile: going on would lose
// what it held without a word. One of another version belongs to another build of the app.
func (b *backend) reopen() error {
	b.link.close()
	l, err := dial(b.name, b.lost)
	// A browser that is just removing the site's data aborts what is opened meanwhile.
	for wait := reopenWait; err != nil && err.(*store.Fault).Code == store.CodeUnknown && wait < reopenWait<<(2*reopenRetriesMax); wait *= 4 {
		time.Sleep(wait)
		l, err = dial(b.name, b.lost)
	}
	if err != nil {
		if fault := err.(*store.Fault); fault.Code == store.CodeReplaced {
			b.fault = fault
		}
		return err
	}
	b.link = l
	if l.created {
		b.fault = errDeleted
		return b.fault
	}
	return nil
}

// Renew goes on with the new, empty database after a deletion.
func (b *backend) Renew() error {
	if b.fault == errDeleted {
		b.fault = nil
	}
	return b.retry(func(bool) error { return nil })
}

func (b *backend) Write(batch store.Batch) error {
	broke := false
	err := b.retry(func(again bool) error {
		err := b.link.write(batch)
		if again && err != nil && isCollision(err) && b.holds(batch) {
			return nil // the connection was lost after the transaction had completed
		}
		broke = broke || err != nil && (isLost(err) || b.link.lost)
		return err
	})
	if fault := store.AsFault(err); fault != nil && broke && fault.Code != store.CodeDeleted {
		doubtful := *fault
		doubtful.Doubtful = true
		return &doubtful
	}
	return err
}

// holds reports whether the batch's log row is in the database as it was sent.
func (b *backend) holds(batch store.Batch) bool {
	for _, op := range batch.Ops {
		if op.Kind == store.Add {
			text, found, err := b.link.get(op.Area, op.Key)
			return err == nil && found && string(text) == string(op.Text)
		}
	}
	return false
}

func (b *backend) ReadAll(each func(store.Area, string, []byte)) error {
	return b.retry(func(bool) error { return b.link.readAll(each) })
}

func (b *backend) ReadEach(each func(store.Area, string, []byte)) error {
	return b.retry(func(bool) error { return b.link.readEach(each) })
}

// Reserve keeps about that many bytes of padding in a store of its own.
func (b *backend) Reserve(bytes int) error {
	return b.retry(func(bool) error { return b.link.keepReserve(bytes) })
}

// FreshLog begins a new log of LevelDB.
func (b *backend) FreshLog() { b.link.freshLog() }

func (b *backend) Get(area store.Area, key string) (text []byte, found bool, err error) {
	err = b.retry(func(bool) (err error) {
		text, found, err = b.link.get(area, key)
		return err
	})
	return text, found, err
}

func (b *backend) Close() error {
	if b.fault == nil {
		b.fault = &store.Fault{Code: store.CodeClosed, Message: "the database was closed; open it again"}
	}
	b.link.close()
	return nil
}

func (b *backend) Destroy() error {
	b.Close()
	if err := destroy(b.name); err != nil {
		return faultOf(err)
	}
	return nil
}

// transact and goOn are those of js/worker/transact.ts, which carry out a batch in one transaction: one call out of Go
// for all of it, or for each stepsPerCall of a longer one, because JavaScript limits the arguments of a call.
var (
	transact = js.Global().Get("deltabaseTransact")
	goOn     = js.Global().Get("deltabaseGoOn")
)

const stepsPerCall = 2_000

// write runs a batch in one transaction and waits for its end.
func (l *link) write(batch store.Batch) error {
	if len(batch.Ops) == 0 {
		return nil
	}
	err := recovered(func() error {
		steps, rest := nextSteps(batch.Ops)
		tx := transact.Invoke(append([]any{l.raw, batch.Strict, l.done, areasOf(batch.Ops), len(rest) == 0}, steps...)...)
		for len(rest) > 0 {
			steps, rest = nextSteps(rest)
			goOn.Invoke(append([]any{tx, len(rest) == 0}, steps...)...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return <-l.ended
}

// nextSteps are the arguments of the steps that one call takes, and the steps behind them.
func nextSteps(ops []store.Op) (steps []any, rest []store.Op) {
	now := ops[:min(len(ops), stepsPerCall)]
	steps = make([]any, 0, 4*len(now))
	for _, op := range now {
		steps = append(steps, int(op.Kind), string(op.Area), keyOf(op.Area, op.Key), string(op.Text))
	}
	return steps, ops[len(now):]
}

// areasOf are the areas of a transaction, separated by spaces.
func areasOf(ops []store.Op) string {
	var names []string
	for _, area := range store.Areas {
		if slices.ContainsFunc(ops, func(op store.Op) bool { return op.Area == area }) {
			names = append(names, string(area))
		}
	}
	return strings.Join(names, " ")
}

// keyOf makes the keys of the log numbers, so that IndexedDB orders them by sequence.
func keyOf(area store.Area, key string) js.Value {
	if area == store.LogArea {
		if seq, err := strconv.ParseUint(key, 10, 53); err == nil {
			return js.ValueOf(float64(seq))
		}
	}
	return js.ValueOf(key)
}

// nameOf is the reverse of keyOf; ok is false for keys that no backend writes.
func nameOf(area store.Area, key js.Value) (name string, ok bool) {
	if area == store.LogArea {
		if key.Type() != js.TypeNumber || key.Float() < 0 {
			return "", false
		}
		return strconv.FormatUint(uint64(key.Float()), 10), true
	}
	if key.Type() != js.TypeString {
		return "", false
	}
	return key.String(), true
}
