package query

import "strconv"

// SubscriptionLimit is the error of a filter beyond AppSync's limits for subscriptions. Clients look for parts of its
// message, and then subscribe without a filter.
type SubscriptionLimit struct{ Message string }

func (e *SubscriptionLimit) Error() string { return e.Message }

// CheckSubscription checks a predicate of the Subscription dialect against AppSync's limits: 5 distinct fields, 10
// groups after its expansion to an OR of ANDs, no field twice within a group, 5 values of in and notIn, 20 of
// containsAny. The error is a *SubscriptionLimit. The limits are for filters of clients; rules that the server adds do
// not count.
func CheckSubscription(p *Predicate) error {
	if p == nil {
		return nil
	}
	if len(p.Fields()) > subscriptionFieldsMax {
		return &SubscriptionLimit{"Filters exceed maximum attributes limit " +
			strconv.Itoa(subscriptionFieldsMax) + " for subscription."}
	}
	if groupCount(&p.root) > subscriptionGroupsMax {
		return &SubscriptionLimit{"Filters combination exceed maximum limit " +
			strconv.Itoa(subscriptionGroupsMax) + " for subscription."}
	}
	for _, fields := range expand(&p.root) {
		for i, name := range fields {
			for _, other := range fields[:i] {
				if name == other {
					return &SubscriptionLimit{"subscription filter uses same fieldName multiple time in single filter object."}
				}
			}
		}
	}
	var err error
	eachLeaf(&p.root, func(c *comparison) {
		limit := subscriptionInMax
		switch c.op {
		case containsAny:
			limit = subscriptionContainsAnyMax
		case in, notIn:
		default:
			return
		}
		if len(c.operands) > limit && err == nil {
			err = &SubscriptionLimit{"subscription exceeds maximum value limit " + strconv.Itoa(limit) +
				" for operator `" + operatorNames[c.op] + "`."}
		}
	})
	return err
}

// groupCount is the number of groups that expand would make, at most one more than allowed.
func groupCount(n *node) int {
	count := 1
	switch n.kind {
	case kindAll:
		for i := range n.children {
			count = min(count*groupCount(&n.children[i]), subscriptionGroupsMax+1)
		}
	case kindAny:
		count = 0
		for i := range n.children {
			count = min(count+groupCount(&n.children[i]), subscriptionGroupsMax+1)
		}
	}
	return count
}

// expand turns a tree into alternatives; each is the list of fields that it compares.
func expand(n *node) [][]string {
	switch n.kind {
	case kindLeaf:
		return [][]string{{n.leaf.field}}
	case kindAny:
		var groups [][]string
		for i := range n.children {
			groups = append(groups, expand(&n.children[i])...)
		}
		return groups
	}
	groups := [][]string{nil}
	for i := range n.children {
		var product [][]string
		for _, group := range groups {
			for _, more := range expand(&n.children[i]) {
				product = append(product, append(append([]string{}, group...), more...))
			}
		}
		groups = product
	}
	return groups
}
