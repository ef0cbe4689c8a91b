package postgres

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// dialect writes the statements that SQL back ends share (package sqltext) as PostgreSQL, CockroachDB and
// YugabyteDB read them: numbered arguments, tables in their schema.
type dialect struct {
	schema string // quoted
	known  sync.Map
}

var tableNames = regexp.MustCompile(`\b(FROM|INTO|UPDATE|JOIN|TABLE|EXISTS|ON) (position|records|log|mutations|keys|notes|counts|format)\b`)

func (d *dialect) of(text string) string {
	if written, ok := d.known.Load(text); ok {
		return written.(string)
	}
	written := d.write(text)
	d.known.Store(text, written)
	return written
}

func (d *dialect) write(text string) string {
	text = tableNames.ReplaceAllString(text, "$1 "+strings.ReplaceAll(d.schema, "$", "$$")+".$2")
	text = strings.ReplaceAll(text, "max(", "greatest(")
	var out strings.Builder
	n := 0
	for _, c := range text {
		if c != '?' {
			out.WriteRune(c)
			continue
		}
		n++
		out.WriteString("$" + strconv.Itoa(n))
	}
	return out.String()
}
