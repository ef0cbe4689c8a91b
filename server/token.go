package server

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// runMode says what a run of pages reads.
type runMode string

const (
	listRun        runMode = "list"   // rows by key, for list queries
	baseRun        runMode = "base"   // rows by key, for sync
	deltaRun       runMode = "delta"  // log entries from lastSync on
	cursorBaseRun  runMode = "cbase"  // rows by key; ends with a cursor
	cursorDeltaRun runMode = "cdelta" // rows by position after a cursor; ends with a cursor
	indexRun       runMode = "index"  // matching rows in sort order
)

// pageToken says where the next page of a run begins. It holds all that the server needs, and is encrypted and signed.
// It is bound to the field and to the arguments that select rows: filter and lastSync, but not limit, which clients
// reduce for their last page.
type pageToken struct {
	mode       runMode
	startedAt  int64  // of the run's first page
	seq        int64  // position of the run's first page; for a run after a cursor, the position of the cursor
	after      int64  // resume behind this position (delta runs)
	afterIndex string // resume behind this key of an index (runs in the order of one)
	afterKey   string // resume behind this record id (runs by key)
}

// binding identifies a query, so that its token can't be used for another one.
func binding(field string, arguments ...record.Value) string {
	var b strings.Builder
	b.WriteString(field)
	for _, argument := range arguments {
		b.WriteByte('\n')
		b.Write(argument.Text())
	}
	sum := sha256.Sum256([]byte(b.String()))
	return string(sum[:16])
}

func sign(secret []byte, text, bound string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(bound))
	mac.Write([]byte(text))
	return mac.Sum(nil)[:16]
}

func (t pageToken) text(secret []byte, bound string) string {
	fields := []string{string(t.mode), strconv.FormatInt(t.startedAt, 10), strconv.FormatInt(t.seq, 10),
		strconv.FormatInt(t.after, 10), hex.EncodeToString([]byte(t.afterIndex)), t.afterKey}
	text := strings.Join(fields, "\n")
	mark := sign(secret, text, bound)
	return base64.RawURLEncoding.EncodeToString(append(mark, masked(secret, mark, []byte(text))...))
}

// masked encrypts and decrypts the contents of a token, inside its signature. The last row of a page may be one that
// the caller can't read, so its id and keys must not be revealed.
func masked(secret, mark, text []byte) []byte {
	key := sha256.Sum256(append([]byte("page token "), secret...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(err) // the key has one of AES's lengths
	}
	out := make([]byte, len(text))
	cipher.NewCTR(block, mark).XORKeyStream(out, text)
	return out
}

// behind makes a token continue after a row. The index is nil for runs by id.
func (t *pageToken) behind(ix *index, last Row) {
	t.afterKey = last.ID
	if ix != nil {
		t.afterIndex = ix.key(record.TrustString(last.Text))
	}
}

func parseToken(secret []byte, bound, text string) (pageToken, error) {
	wrong := refuse("BadRequest", "nextToken does not belong to this query; pass the token of the page before with the same arguments.")
	if len(text) > TokenBytesMax || strings.ContainsAny(text, "\r\n") { // line breaks, which the decoder would skip
		return pageToken{}, wrong
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < 16 {
		return pageToken{}, wrong
	}
	said := string(masked(secret, raw[:16], raw[16:]))
	if !hmac.Equal(raw[:16], sign(secret, said, bound)) {
		return pageToken{}, wrong
	}
	fields := strings.SplitN(said, "\n", 6)
	if len(fields) != 6 {
		return pageToken{}, wrong
	}
	key, err := hex.DecodeString(fields[4])
	if err != nil {
		return pageToken{}, wrong
	}
	t := pageToken{mode: runMode(fields[0]), afterIndex: string(key), afterKey: fields[5]}
	for i, into := range []*int64{&t.startedAt, &t.seq, &t.after} {
		if *into, err = strconv.ParseInt(fields[i+1], 10, 64); err != nil {
			return pageToken{}, wrong
		}
	}
	return t, nil
}

// cursor says how far a client of ours has read: everything of the model and scope up to seq. It names the generation
// of the log and the scope (filter and rights), because with another scope the client also needs older rows.
type cursor struct {
	generation string
	seq        int64
	scope      string // a hash
}

func scopeHash(filter record.Value, rights []byte) string {
	sum := sha256.Sum256(append(slices.Clip(filter.Text()), rights...))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

func (c cursor) text() string {
	return c.generation + "." + strconv.FormatInt(c.seq, 10) + "." + c.scope
}

// parseCursor reads a cursor. ok is false for everything that this server did not write; that gets a base run.
func parseCursor(text string) (c cursor, ok bool) {
	parts := strings.Split(text, ".")
	if len(text) > CursorBytesMax || len(parts) != 3 {
		return cursor{}, false
	}
	seq, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || seq < 0 {
		return cursor{}, false
	}
	return cursor{generation: parts[0], seq: seq, scope: parts[2]}, true
}
