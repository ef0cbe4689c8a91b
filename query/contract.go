// Package query evaluates predicates on records, sorts and pages them. A predicate's text form is
// AppSync's filter input ({"and":[{"title":{"eq":"x"}},{"not":{...}}]}), on the bridge and on the
// wire alike.
package query

import (
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// CONTRACT (to be implemented in small files; this file goes away).

// Dialect says whose rules decide what a comparison with null or another type gives.
type Dialect uint8

const (
	// Client: what plain JavaScript gives (null > -1 is true), as Amplify DataStore's predicates.
	Client Dialect = iota
	// Server: DynamoDB's expression rules, as AppSync's filters and conditions.
	Server
	// Subscription: AppSync's enhanced filters (operators on one field are ORed).
	Subscription
)

// Predicate is a condition on a record. A nil *Predicate matches everything.
type Predicate struct{}

// Parse reads a filter input for a model. null, Missing and {} give nil. Errors are *FilterError:
// unknown field or operator, wrong operand, more than filter_nodes_max (100) nodes.
func Parse(m *schema.Model, filter record.Value, dialect Dialect) (*Predicate, error) {
	panic("unwritten")
}

type FilterError struct{ Path, Reason string }

func (e *FilterError) Error() string { panic("unwritten") }

func (p *Predicate) Match(row record.Value) bool { panic("unwritten") }

// Filter writes the predicate as an AppSync filter input ({"and":[...]} at the root, redundant
// groups flattened); Missing for nil. Without removes leaves on the named fields (a condition loses its key fields).
func (p *Predicate) Filter() record.Value { panic("unwritten") }

// KeyEquals returns the record id when the predicate can only match that one record.
func (p *Predicate) KeyEquals() (id string, ok bool) { panic("unwritten") }

// SortKey is one field of an ordering.
type SortKey struct {
	Field      string
	Descending bool
}

// Compare orders two records by keys, as the Client dialect compares values; 0 when equal.
func Compare(a, b record.Value, keys []SortKey) int { panic("unwritten") }

// Page is a slice of a result: Limit 0 means no limit; Number counts from 0.
type Page struct{ Limit, Number int }

// Slice returns the bounds of the page in a list of n.
func (p Page) Slice(n int) (from, to int) { panic("unwritten") }
