// Package query evaluates predicates on records, sorts and pages them. A predicate's text form is
// AppSync's filter input ({"and":[{"title":{"eq":"x"}},{"not":{...}}]}), on the bridge and on the
// wire alike. On the bridge a relation may take a filter of the other model, see ParseRelated.
package query

// Dialect says whose rules decide what a comparison with null or another type gives.
type Dialect uint8

const (
	// Client: what plain JavaScript gives (null > -1 is true), as Amplify DataStore's predicates.
	Client Dialect = iota
	// Server: DynamoDB's expression rules, as AppSync's filters and conditions.
	Server
	// Subscription: AppSync's enhanced filters. Operators on one field are ORed, there is no "not".
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
