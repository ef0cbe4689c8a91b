package query

import "encoding/json"

// OperatorNames lists the operators of a dialect.
func OperatorNames(d Dialect) []string {
	var names []string
	for _, name := range operatorNames[eq:] {
		if _, known := operatorOf(name, d); known {
			names = append(names, name)
		}
	}
	return names
}

// Reference is the naive reference, for tests outside of the package.
type Reference struct{ reference }

// NewReference reads a filter.
func NewReference(d Dialect, filter string) Reference {
	return Reference{reference{d, readReference([]byte(filter))}}
}

// Holds evaluates the filter on a decoded record.
func (r Reference) Holds(row map[string]any) bool { return r.holds(r.filter, row, false) }

// DecodeRecord decodes a record for Holds.
func DecodeRecord(text string) map[string]any { return decode(json.RawMessage(text)).(map[string]any) }
