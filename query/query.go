// Package query evaluates predicates on records, and sorts and pages records. The text form of a predicate is AppSync's
// filter input ({"and":[{"title":{"eq":"x"}},{"not":{...}}]}), both on the bridge and on the wire. On the bridge a
// relation may take a filter of the other model, see ParseRelated.
package query

// Dialect says by which rules values of different types, and null, are compared.
type Dialect uint8

const (
	// Client: the rules of plain JavaScript (null > -1 is true), as in Amplify DataStore's predicates.
	Client Dialect = iota
	// Server: the rules of DynamoDB's expressions, as in AppSync's filters and conditions.
	Server
	// Subscription: AppSync's enhanced filters. Operators on one field are alternatives, and there is no "not".
	Subscription
)

// FilterError says what is wrong with a filter input (or an ordering) and where.
type FilterError struct {
	Path   string // and[0].title.between; "" for the whole
	Reason string // a sentence
}

func (e *FilterError) Error() string {
	if e.Path == "" {
		return e.Reason
	}
	return e.Path + ": " + e.Reason
}
