package schema

import "github.com/deltabase/deltabase/record"

// Operation names of a model, as @model calls them, in the groups of its arguments. sync has none:
// it is always there.
var operationGroups = []struct {
	group string
	names []string
}{
	{"queries", []string{"get", "list"}},
	{"mutations", []string{"create", "update", "delete"}},
	{"subscriptions", []string{"onCreate", "onUpdate", "onDelete"}},
}

// OperationsOf lists the operations of a group: queries, mutations or subscriptions.
func OperationsOf(group string) []string {
	for _, g := range operationGroups {
		if g.group == group {
			return g.names
		}
	}
	return nil
}

// FieldNames are the names under which an operation is offered: those that @model gives it, else
// byDefault. None means that the model goes without it. Only subscriptions have several.
func (m *Model) FieldNames(operation, byDefault string) []string {
	if names, ok := m.Operations[operation]; ok {
		return names
	}
	return []string{byDefault}
}

// Offers reports whether a model has an operation, under whatever name.
func (m *Model) Offers(operation string) bool {
	if m.SubscriptionLevel == "off" && len(operation) > 2 && operation[:2] == "on" {
		return false
	}
	return len(m.FieldNames(operation, operation)) > 0
}

// SetOperation renames an operation; without names it is left out.
func (m *Model) SetOperation(operation string, names ...string) {
	if m.Operations == nil {
		m.Operations = map[string][]string{}
	}
	m.Operations[operation] = names
}

// loadOperations reads {queries, mutations, subscriptions} of the model attribute: null leaves out a
// group or an operation, a name or a list of names renames it.
func (l *loader) loadOperations(path string, m *Model, properties record.Value) {
	for _, g := range operationGroups {
		group := properties.Field(g.group)
		if !group.Exists() {
			continue
		}
		for _, name := range g.names {
			v := group.Field(name)
			if group.IsNull() && g.group != "subscriptions" || v.Exists() {
				m.SetOperation(name, l.names(path+"."+g.group+"."+name, v)...)
			}
		}
	}
}

// setOperations writes what loadOperations reads.
func (m *Model) setOperations(properties *record.Builder) {
	for _, g := range operationGroups {
		var group record.Builder
		if g.group == "subscriptions" && m.SubscriptionLevel != "" && m.SubscriptionLevel != "on" {
			group.SetString("level", m.SubscriptionLevel)
		}
		for _, name := range g.names {
			names, ok := m.Operations[name]
			switch {
			case !ok:
			case len(names) == 0:
				group.SetNull(name)
			case len(names) == 1 && g.group != "subscriptions":
				group.SetString(name, names[0])
			default:
				group.Set(name, nameList(names))
			}
		}
		if object := group.Object(); object.Len() > 0 {
			properties.Set(g.group, object)
		}
	}
}
