package server

import (
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// sortKeyArgument declares the condition on the sort fields of a key, "" when it has none. Several sort fields share
// one argument, whose input types this writes as well. key is "Primary" or the name of the index.
func (w *apiWriter) sortKeyArgument(m *schema.Model, key string, names []string) string {
	fields := fieldsOf(m, names)
	argument := sortArgument(fields)
	switch {
	case argument == "":
		return ""
	case len(fields) == 1:
		return fmt.Sprintf("%s: Model%sKeyConditionInput, ", argument, keyFamily(fields[0]))
	}
	input := "Model" + m.Name + nameOf(key) + "CompositeKey"
	if !w.written[input] {
		w.written[input] = true
		w.linef("input %sInput {", input)
		for _, f := range fields {
			w.linef("  %s: %s", f.Name, f.Type.Name())
		}
		w.linef("}\ninput %sConditionInput { eq: %sInput le: %sInput lt: %sInput ge: %sInput gt: %sInput between: [%sInput] beginsWith: %sInput }",
			input, input, input, input, input, input, input, input)
	}
	return fmt.Sprintf("%s: %sConditionInput, ", argument, input)
}

// nameOf converts the name of an index to a part of a type name.
func nameOf(key string) string {
	var b strings.Builder
	for _, c := range key {
		if c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			b.WriteRune(c)
		}
	}
	name := b.String()
	if name == "" {
		return "Index"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// childrenKeyArgument is the condition on the fields after the foreign key in the index that a to-many relation reads.
func (w *apiWriter) childrenKeyArgument(m *schema.Model, f *schema.Field) string {
	child := w.schema.Model(f.Type.Model)
	foreignKey := foreignKeyThere(w.schema, m, f)
	ix := w.indexes.forKeys(child, foreignKey)
	var names []string
	for _, field := range ix.fields[len(foreignKey):] {
		names = append(names, field.Name)
	}
	key := ix.name
	if len(foreignKey) > 1 { // fewer fields are left than for the index's own query
		key += "From" + nameOf(f.Name)
	}
	return w.sortKeyArgument(child, key, names)
}

func fieldsOf(m *schema.Model, names []string) []*schema.Field {
	var fields []*schema.Field
	for _, name := range names {
		fields = append(fields, m.Field(name))
	}
	return fields
}

// sortArgument names the argument for the sort fields of a key: the field itself, or several joined, such as
// dueDateTitle; "" when there is none that can be compared.
func sortArgument(fields []*schema.Field) string {
	if len(fields) == 1 {
		if keyFamily(fields[0]) == "" {
			return ""
		}
		return fields[0].Name
	}
	var name strings.Builder
	for i, f := range fields {
		if i == 0 {
			name.WriteString(f.Name)
		} else {
			name.WriteString(strings.ToUpper(f.Name[:1]) + f.Name[1:])
		}
	}
	return name.String()
}

// keyFamily is the kind of condition for a sort key; "" for a Boolean, which has no order.
func keyFamily(f *schema.Field) string {
	if f.Type.Enum != "" {
		return "String"
	}
	if family := operatorFamily(f.Type); family != "Boolean" {
		return family
	}
	return ""
}
