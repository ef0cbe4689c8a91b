package query

// Limits of a filter input. A filter beyond them is a FilterError.
const (
	// filterNodesMax is the most comparisons and groups together in a filter for a server.
	filterNodesMax = 100
	// filterNodesLocalMax is the same for filters that are evaluated here, at a cost linear in nodes and records.
	filterNodesLocalMax = 100_000
	// filterDepthMax is the most groups that may lie inside one another.
	filterDepthMax = 20
	// filterRelatedMax is the most times that a predicate may lead to another model. Each costs a walk through that
	// model.
	filterRelatedMax = 100
	// filterValuesMax is the most values of one "in" or "notIn" in a filter for a server; filterValuesLocalMax the most
	// in one that is evaluated here.
	filterValuesMax      = 10_000
	filterValuesLocalMax = 100_000
	// sortKeysMax is the most fields of an ordering.
	sortKeysMax = 20
	// aggregatedFieldsMax is the most fields in each list of an aggregation.
	aggregatedFieldsMax = 20
)

// Limits of a subscription's filter after its expansion, the same as AppSync's. Clients recognize the messages that
// name these numbers, and then filter by themselves.
const (
	subscriptionFieldsMax      = 5
	subscriptionGroupsMax      = 10
	subscriptionInMax          = 5  // values of "in" and "notIn"
	subscriptionContainsAnyMax = 20 // values of "containsAny"
)

// setMin is the number of values from which on "in" looks a value up in a set.
const setMin = 8
