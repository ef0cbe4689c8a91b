package postgres

import (
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/deltabase/deltabase/server"
	"github.com/deltabase/deltabase/server/sqltext"
)

// A key of an index may have more bytes than an index of PostgreSQL takes, so it is kept in two parts: the
// order of two keys is that of their heads and, of equal heads, of their tails. The tail is outside of the
// database's index, which has its digest, so that keys with one head are different. Where an index has no
// tails, as good as always, the order is read off; else equal heads are sorted.

func indexName(model, name string) []byte { return binary(model + "/" + name) }

func split(key string) (head, tail []byte) {
	cut := min(len(key), HeadBytes)
	return binary(key[:cut]), binary(key[cut:])
}

func digest(tail []byte) []byte {
	if len(tail) == 0 {
		return tail
	}
	sum := sha256.Sum256(tail)
	return sum[:]
}

// placed is a row and its key.
type placed struct {
	server.Row
	key string
}

func placedOf(found pgx.Rows) (p placed, bytes int, err error) {
	var head, tail []byte
	err = scanRow(found, &p.Row, &p.Past, &head, &tail)
	p.key = string(head) + string(tail)
	return p, len(p.Text), err
}

const longKeys = `SELECT 1 FROM keys WHERE name = ? AND tail <> '' LIMIT 1`

func (r *reader) RowsByIndex(model string, keys server.KeyRange, span server.Span) ([]server.Row, bool, error) {
	long := 0
	err := r.one(longKeys, indexName(model, keys.Index)).Scan(&long)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, false, err
	}
	all, more, err := read(r, span, placedOf, func(last *placed, limit int) (string, []any) {
		if last != nil {
			keys.AfterKey, keys.AfterID = last.key, last.ID
		}
		return rangeOf(model, keys, long != 0, limit)
	})
	var rows []server.Row
	for _, one := range all {
		rows = append(rows, one.Row)
	}
	return rows, more, err
}

// rangeOf is the statement for a part of an index.
func rangeOf(model string, keys server.KeyRange, long bool, limit int) (string, []any) {
	var text strings.Builder
	text.WriteString(`SELECT ` + sqltext.JoinedColumns + `, head, tail FROM keys JOIN records ON records.model = ? AND records.id = keys.id
		WHERE keys.name = ?`)
	arguments := []any{model, indexName(model, keys.Index)}
	bound := func(comparison, key string) {
		head, tail := split(key)
		text.WriteString(` AND (keys.head, keys.tail) ` + comparison + ` (?, ?)`)
		arguments = append(arguments, head, tail)
	}
	behind, order := ">", ""
	if keys.Backwards {
		behind, order = "<", " DESC"
	}
	bound(">=", keys.From)
	if keys.To != "" {
		bound("<", keys.To)
	}
	if keys.AfterKey != "" {
		head, tail := split(keys.AfterKey)
		switch {
		case long, len(tail) > 0:
			text.WriteString(` AND (keys.head, keys.tail, keys.id) ` + behind + ` (?, ?, ?)`)
			arguments = append(arguments, head, tail, binary(keys.AfterID))
		default:
			text.WriteString(` AND (keys.head, keys.id) ` + behind + ` (?, ?)`)
			arguments = append(arguments, head, binary(keys.AfterID))
		}
	}
	text.WriteString(` ORDER BY keys.head` + order)
	if long {
		text.WriteString(`, keys.tail` + order)
	}
	text.WriteString(`, keys.id` + order + ` LIMIT ?`)
	return text.String(), append(arguments, limit)
}

const (
	putKey  = `INSERT INTO keys (name, head, tail, digest, id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`
	dropKey = `DELETE FROM keys WHERE name = ? AND head = ? AND digest = ? AND id = ?`
	anyKeys = `SELECT head, tail, id FROM keys WHERE name = ? ORDER BY head, id LIMIT ?`
)

func (w *writer) PutKeys(model, id string, changes []server.KeyChange) error {
	if err := w.lock(); err != nil {
		return err
	}
	for _, c := range changes {
		name := indexName(model, c.Index)
		if c.Before != "" {
			head, tail := split(c.Before)
			w.queue(dropKey, name, head, digest(tail), binary(id))
		}
		if c.After != "" {
			head, tail := split(c.After)
			w.queue(putKey, name, head, tail, digest(tail), binary(id))
		}
	}
	return nil
}

func (w *writer) DropKeys(index server.IndexName, most int) (int, error) {
	if err := w.ready(); err != nil {
		return 0, err
	}
	found, err := w.q.Query(w.ctx, w.d.of(anyKeys), indexName(index.Model, index.Name), most)
	if err != nil {
		return 0, w.failed(err)
	}
	type place struct{ key, id string }
	places, err := pgx.CollectRows(found, func(row pgx.CollectableRow) (place, error) {
		var head, tail, id []byte
		err := row.Scan(&head, &tail, &id)
		return place{string(head) + string(tail), string(id)}, err
	})
	if err != nil {
		return 0, w.failed(err)
	}
	for _, p := range places {
		if err := w.PutKeys(index.Model, p.id, []server.KeyChange{{Index: index.Name, Before: p.key}}); err != nil {
			return 0, err
		}
	}
	return len(places), nil
}
