// Package importer reads JSON and JSON Lines into a model: all rows are read and checked before
// the first is written, and writing a file twice changes nothing.
package importer

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Options say how rows become records.
type Options struct {
	Schema *schema.Schema
	Model  *schema.Model
	// Map sends a column to a field; to "" leaves it out. Other columns go to the field of their
	// name, or of their name in camel case.
	Map     map[string]string
	Coerce  bool // numbers become text where the field wants text
	SkipBad bool // leave rows out that don't fit, instead of refusing the file
}

// Record is one record to create.
type Record struct {
	ID    string // schema.Model.RecordID
	Value record.Value
}

// BadRow is a row that does not fit the model.
type BadRow struct {
	Where  string // "index 21" in a JSON array (from 0), "line 22" in JSON Lines (from 1)
	Reason string
}

// Plan is what an import will do.
type Plan struct {
	Records []Record
	Skipped []BadRow // at most 1,000 of them; SkippedCount has all
	// SkippedCount is the number of rows left out.
	SkippedCount int
}

// Refused says why a file is not imported at all.
type Refused struct {
	File, Model string
	Columns     []string // sentences about columns that no field takes
	Rows        []BadRow
	RowCount    int // of bad rows, also those beyond Rows
	CanCoerce   bool
}

func (e *Refused) Error() string {
	var b strings.Builder
	if len(e.Columns) > 0 {
		fmt.Fprintf(&b, "%s does not fit %s; nothing was imported", e.File, e.Model)
		for _, reason := range e.Columns {
			b.WriteString("\n  " + reason)
		}
		return b.String()
	}
	fmt.Fprintf(&b, "%d of the rows in %s do not fit %s; nothing was imported", e.RowCount, e.File, e.Model)
	for _, bad := range e.Rows {
		b.WriteString("\n  " + bad.Where + ": " + bad.Reason)
	}
	if more := e.RowCount - len(e.Rows); more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	b.WriteString("\nCorrect them, ")
	if e.CanCoerce {
		b.WriteString("or turn numbers into text where a field wants text with --coerce, ")
	}
	b.WriteString("or leave them out with --skip-bad.")
	return b.String()
}

// Read makes a plan of a file's text. The error is a *Refused, or says why the file cannot be read.
func Read(file string, text []byte, o Options) (*Plan, error) {
	rows, err := readRows(text)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be imported: %w", file, err)
	}
	c := &converter{schema: o.Schema, model: o.Model, columns: newColumns(o.Model, o.Map), coerce: o.Coerce}
	p := planner{converter: c, plan: &Plan{}, repeats: map[string]int{}, ids: map[string]string{}}
	for _, r := range rows {
		p.row(r)
	}
	if len(rows) > 0 && p.plan.SkippedCount == 0 { // a row that was left may have had the column
		c.columns.unused()
	}
	refused := &Refused{File: file, Model: o.Model.Name, Columns: c.columns.wrong, CanCoerce: !o.Coerce,
		Rows: p.plan.Skipped, RowCount: p.plan.SkippedCount}
	if len(c.columns.wrong) > 0 || refused.RowCount > 0 && !o.SkipBad {
		return nil, refused
	}
	return p.plan, nil
}

type planner struct {
	converter *converter
	plan      *Plan
	repeats   map[string]int    // how often a row was there, by its canonical text's id
	ids       map[string]string // where a record's id was first seen
}

func (p *planner) row(r row) {
	reason := r.reason
	var rec Record
	if reason == "" {
		rec, reason = p.record(r)
	}
	if reason == "" {
		p.ids[rec.ID] = r.where
		p.plan.Records = append(p.plan.Records, rec)
		return
	}
	p.plan.SkippedCount++
	if len(p.plan.Skipped) < badRowsMax {
		p.plan.Skipped = append(p.plan.Skipped, BadRow{r.where, reason})
	}
}

func (p *planner) record(r row) (Record, string) {
	m := p.converter.model
	v, reason := p.converter.record(r.value)
	if reason != "" {
		return Record{}, reason
	}
	if len(m.Key) == 1 && m.Key[0] == "id" && v.Field("id").IsNull() {
		text := canonical(r.value)
		same := recordID(m.Name, text, 0)
		var b record.Builder
		b.SetString("id", recordID(m.Name, text, p.repeats[same]))
		p.repeats[same]++
		v = record.Overlay(b.Object(), v)
	}
	if reason := p.converter.check(v); reason != "" {
		return Record{}, reason
	}
	id, err := m.RecordID(v)
	if err != nil {
		return Record{}, err.Error()
	}
	if first, taken := p.ids[id]; taken {
		return Record{}, "The key " + id + " is already in " + first + "."
	}
	return Record{ID: id, Value: v}, ""
}
