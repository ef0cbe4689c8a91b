package query

// Limits of a filter input. A filter beyond them is a FilterError.
const (
	// filterNodesMax is the number of comparisons and groups together.
	filterNodesMax = 100
	// filterDepthMax is how many groups may lie inside one another.
	filterDepthMax = 20
	// filterValuesMax is the number of values of one "in" or "notIn".
	filterValuesMax = 10_000
	// sortKeysMax is the number of fields of one ordering.
	sortKeysMax = 20
)

// Limits of a subscription's filter after its expansion, as AppSync has them: clients know the
// messages that name these numbers and then filter by themselves.
const (
	subscriptionFieldsMax      = 5
	subscriptionGroupsMax      = 10
	subscriptionInMax          = 5  // values of "in" and "notIn"
	subscriptionContainsAnyMax = 20 // values of "containsAny"
)

// setMin is the number of values from which "in" looks values up in a set.
const setMin = 8
