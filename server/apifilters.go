package server

import (
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
)

// operatorFamily is the kind of filter input for a scalar; "" when filters can't name a field of it.
func operatorFamily(t schema.Type) string {
	switch t.Scalar {
	case "":
		return ""
	case schema.ID:
		return "ID"
	case schema.Int, schema.AWSTimestamp:
		return "Int"
	case schema.Float:
		return "Float"
	case schema.Boolean:
		return "Boolean"
	}
	return "String"
}

// operatorInputs writes those inputs of docs/protocol.md#filters that are the same for all models.
func (w *apiWriter) operatorInputs() {
	w.linef("input ModelSizeInput { eq: Int ne: Int le: Int lt: Int ge: Int gt: Int between: [Int] }")
	for _, family := range []string{"String", "ID", "Int", "Float"} {
		order := strings.ReplaceAll("eq: X ne: X le: X lt: X ge: X gt: X between: [X]", "X", family)
		kinds := " attributeExists: Boolean attributeType: ModelAttributeTypes"
		text, live := "", strings.ReplaceAll(" in: [X] notIn: [X]", "X", family)
		key := strings.ReplaceAll("eq: X le: X lt: X ge: X gt: X between: [X]", "X", family)
		if family == "String" || family == "ID" {
			text = strings.ReplaceAll(" contains: X notContains: X beginsWith: X", "X", family)
			kinds += " size: ModelSizeInput"
			key += " beginsWith: " + family
		}
		w.linef("input Model%sInput { %s%s%s }", family, order, text, kinds)
		w.linef("input ModelSubscription%sInput { %s%s%s }", family, order, text, live)
		w.linef("input Model%sKeyConditionInput { %s }", family, key)
	}
	w.linef("input ModelBooleanInput { eq: Boolean ne: Boolean attributeExists: Boolean attributeType: ModelAttributeTypes }")
	w.linef("input ModelSubscriptionBooleanInput { eq: Boolean ne: Boolean }")
}

func (w *apiWriter) enumFilters(e *schema.Enum) {
	w.linef("input Model%sInput { eq: %s ne: %s }", e.Name, e.Name, e.Name)
	w.linef("input Model%sListInput { eq: [%s] ne: [%s] contains: %s notContains: %s }",
		e.Name, e.Name, e.Name, e.Name, e.Name)
}

func (w *apiWriter) filterInputs(m *schema.Model) {
	filter, condition, live := "Model"+m.Name+"FilterInput", "Model"+m.Name+"ConditionInput", "ModelSubscription"+m.Name+"FilterInput"
	w.linef("input %s {", filter)
	w.filterFields(m, func(f *schema.Field) string { return filterType(f) })
	w.linef("  and: [%s] or: [%s] not: %s\n}", filter, filter, filter)

	w.linef("input %s {", condition)
	w.filterFields(m, func(f *schema.Field) string {
		if m.IsKey(f.Name) {
			return ""
		}
		return filterType(f)
	})
	w.linef("  and: [%s] or: [%s] not: %s\n}", condition, condition, condition)

	w.linef("input %s {", live)
	w.filterFields(m, func(f *schema.Field) string {
		if f.Type.Enum != "" {
			return "ModelSubscriptionStringInput"
		}
		if family := operatorFamily(f.Type); family != "" {
			return "ModelSubscription" + family + "Input"
		}
		return ""
	})
	w.linef("  and: [%s] or: [%s]\n}", live, live)
}

func filterType(f *schema.Field) string {
	if f.Type.Enum != "" && f.Array {
		return "Model" + f.Type.Enum + "ListInput"
	}
	if f.Type.Enum != "" {
		return "Model" + f.Type.Enum + "Input"
	}
	if family := operatorFamily(f.Type); family != "" {
		return "Model" + family + "Input"
	}
	return ""
}

// filterFields writes every field for which typeOf has a type, and the timestamps and _deleted.
func (w *apiWriter) filterFields(m *schema.Model, typeOf func(*schema.Field) string) {
	for _, f := range m.Stored() {
		if name := typeOf(f); name != "" {
			w.linef("  %s: %s", f.Name, name)
		}
	}
	for _, name := range []string{m.CreatedAt, m.UpdatedAt} {
		if name != "" && m.Field(name) == nil {
			w.linef("  %s: %s", name, typeOf(&schema.Field{Name: name, Type: schema.Type{Scalar: schema.AWSDateTime}}))
		}
	}
	w.linef("  %s: ModelBooleanInput", conflict.DeletedField)
}
