package query

type operator uint8

// The order counts: lt to between compare by order (operand.go, holds), and a server's filters on numbers end with
// between, those on texts with beginsWith (offered).
const (
	eq operator = iota + 1
	ne
	lt
	le
	gt
	ge
	between
	contains
	notContains
	beginsWith
	in
	notIn
	containsAny
	attributeExists
	attributeType
	size
)

var operatorNames = [...]string{
	eq: "eq", ne: "ne", lt: "lt", le: "le", gt: "gt", ge: "ge", between: "between",
	contains: "contains", notContains: "notContains", beginsWith: "beginsWith", in: "in",
	notIn: "notIn", containsAny: "containsAny", attributeExists: "attributeExists",
	attributeType: "attributeType", size: "size",
}

// operatorOf finds an operator by its name in a dialect. Server has in and notIn although AppSync's own filter inputs
// lack them: the GraphQL schema in front of it decides who may use them.
func operatorOf(name string, d Dialect) (operator, bool) {
	for op := eq; int(op) < len(operatorNames); op++ {
		if operatorNames[op] != name {
			continue
		}
		switch op {
		case containsAny:
			return op, d == Subscription
		case attributeExists, attributeType, size:
			return op, d == Server
		}
		return op, true
	}
	return 0, false
}

// negated is the operator that holds exactly where op does not; ok is false when there is none.
func (op operator) negated() (opposite operator, ok bool) {
	switch op {
	case eq:
		return ne, true
	case ne:
		return eq, true
	case lt:
		return ge, true
	case le:
		return gt, true
	case gt:
		return le, true
	case ge:
		return lt, true
	case contains:
		return notContains, true
	case notContains:
		return contains, true
	case in:
		return notIn, true
	case notIn:
		return in, true
	}
	return 0, false
}

// holds reports whether a comparison's result (negative, 0, positive) satisfies lt, le, gt or ge.
func (op operator) holds(comparison int) bool {
	switch op {
	case lt:
		return comparison < 0
	case le:
		return comparison <= 0
	case gt:
		return comparison > 0
	}
	return comparison >= 0
}
