package server

import (
	"errors"
	"slices"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Misfit is what stored rows hold that a schema does not allow: rows of another schema, which would be
// read wrongly.
type Misfit struct {
	Model  string
	Field  string // "" for the key: rows are stored under the one of another schema
	Rows   int
	Record string // id of the first
}

// Misfits compares stored rows with a schema: of each model those that come first in the order of ids and
// those that changed last, perModel of each; all when perModel is 0. Each row is told for the first
// field that does not fit. Tombstones are compared by their key only.
func Misfits(s *schema.Schema, tables Tables, perModel int) ([]Misfit, error) {
	var found []Misfit
	for _, m := range s.Models {
		c := &comparing{schema: s, model: m, seen: map[string]bool{}}
		if err := c.byID(tables, perModel); err != nil {
			return nil, err
		}
		if perModel > 0 {
			if err := c.lately(tables, perModel); err != nil {
				return nil, err
			}
		}
		found = append(found, c.found...)
	}
	return found, nil
}

type comparing struct {
	schema *schema.Schema
	model  *schema.Model
	seen   map[string]bool // ids, when a row may be met twice
	found  []Misfit
}

// byID reads page by page, each in a transaction of its own, so that no long one keeps the log from
// being shortened.
func (c *comparing) byID(tables Tables, most int) error {
	after, read := "", 0
	for more := true; more && (most == 0 || read < most); {
		err := tables.View(func(r Reader) error {
			rows, further, err := r.RowsByKey(c.model.Name, after, Span{Rows: PageRowsMax, Bytes: PageBytesMax})
			for _, row := range rows {
				c.compare(row)
				c.seen[row.ID] = most > 0
				after = row.ID
			}
			more, read = further, read+len(rows)
			return err
		})
		if err != nil {
			return err
		}
		if most == 0 {
			clear(c.seen)
		}
	}
	return nil
}

func (c *comparing) lately(tables Tables, most int) error {
	return tables.View(func(r Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		rows, _, err := r.RowsSince(c.model.Name, p.Seq-int64(most), Span{Rows: most, Bytes: PageBytesMax})
		for _, row := range rows {
			if !c.seen[row.ID] {
				c.compare(row)
			}
		}
		return err
	})
}

func (c *comparing) compare(row Row) {
	value := record.TrustString(row.Text)
	if id, err := c.model.RecordID(value); err != nil || id != row.ID {
		c.note("", row.ID)
		return
	}
	var wrong *schema.FieldError
	if !row.Deleted && errors.As(c.schema.CheckAs(schema.Loose, c.model, value, true), &wrong) {
		c.note(wrong.Field, row.ID)
	}
}

func (c *comparing) note(field, id string) {
	at := slices.IndexFunc(c.found, func(one Misfit) bool { return one.Field == field })
	if at < 0 {
		c.found = append(c.found, Misfit{Model: c.model.Name, Field: field, Record: id})
		at = len(c.found) - 1
	}
	c.found[at].Rows++
}
