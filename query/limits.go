package query

// Limits of a filter input. A filter beyond them is a FilterError.
const (
	// filterNodesMax is the number of comparisons and groups together of what a server takes.
	filterNodesMax = 100
	// filterNodesLocalMax is that of what is evaluated here: linear in nodes and records.
	filterNodesLocalMax = 100_000
	// filterDepthMax is how many groups may lie inside one another.
	filterDepthMax = 20
	// filterRelatedMax is how often a predicate may lead to other models: each time costs a walk through one.
	filterRelatedMax = 100
	// filterValuesMax is the number of values of one "in" or "notIn", filterValuesLocalMax that of one
	// which is evaluated here.
	filterValuesMax      = 10_000
	filterValuesLocalMax = 100_000
	// sortKeysMax is the number of fields of one ordering.
	sortKeysMax = 20
	// aggregatedFieldsMax is the number of fields in each list of an aggregation.
	aggregatedFieldsMax = 20
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
