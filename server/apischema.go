package server

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
)

var operations = []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete}

// apiSchema is the GraphQL schema that AppSync would generate for the models, and what each of
// its root fields does.
type apiSchema struct {
	text   string
	types  *ast.Schema
	fields map[string]rootField // by field name; names of the three root types differ
}

type rootKind uint8

const (
	getRoot rootKind = iota
	listRoot
	syncRoot
	indexRoot
	mutationRoot
	subscriptionRoot
)

// rootField says what a field of Query, Mutation or Subscription does.
type rootField struct {
	kind      rootKind
	model     *schema.Model
	operation conflict.Operation // of mutations and subscriptions
	index     *schema.Index      // of indexRoot
}

func buildAPI(s *schema.Schema) (*apiSchema, error) {
	w := &apiWriter{schema: s, indexes: indexesOf(s), fields: map[string]rootField{}, written: map[string]bool{}, children: map[*schema.Field]string{}}
	w.shared()
	for _, e := range s.Enums {
		w.linef("enum %s { %s }", e.Name, strings.Join(e.Values, " "))
		w.enumFilters(e)
	}
	for _, n := range s.NonModels {
		w.embedded(n)
	}
	for _, m := range s.Models {
		w.model(m)
	}
	w.root("Query", w.query)
	w.root("Mutation", w.mutation)
	w.root("Subscription", w.subscription)
	text := w.out.String()
	types, err := gqlparser.LoadSchema(&ast.Source{Name: "api", Input: text})
	if err != nil {
		return nil, fmt.Errorf("the API schema that the models give is not valid GraphQL: %w", err)
	}
	return &apiSchema{text: text, types: types, fields: w.fields}, nil
}

// apiWriter writes the schema as SDL.
type apiWriter struct {
	schema                        *schema.Schema
	out                           strings.Builder
	query, mutation, subscription []string
	fields                        map[string]rootField
	indexes                       *indexes
	written                       map[string]bool          // input types of keys that were written already
	children                      map[*schema.Field]string // key arguments of to-many fields
}

func (w *apiWriter) linef(format string, arguments ...any) {
	fmt.Fprintf(&w.out, format+"\n", arguments...)
}

func (w *apiWriter) root(name string, fields []string) {
	if len(fields) > 0 {
		w.linef("type %s {\n  %s\n}", name, strings.Join(fields, "\n  "))
	}
}

func (w *apiWriter) shared() {
	for _, scalar := range []string{"AWSDate", "AWSTime", "AWSDateTime", "AWSTimestamp", "AWSEmail",
		"AWSJSON", "AWSURL", "AWSPhone", "AWSIPAddress"} {
		w.linef("scalar %s", scalar)
	}
	w.linef("directive @aws_subscribe(mutations: [String]) on FIELD_DEFINITION")
	w.linef("enum ModelSortDirection { ASC DESC }")
	w.linef("enum ModelAttributeTypes { binary binarySet bool list map number numberSet string stringSet _null }")
	w.operatorInputs()
}

// typeText is the GraphQL type of a field, with another name in it. With nullable the outermost type may be null, as in
// the update input.
func typeText(f *schema.Field, name string, nullable bool) string {
	if !f.Array {
		return name + bang(f.Required && !nullable)
	}
	return "[" + name + bang(f.Required) + "]" + bang(!f.ArrayNullable && !nullable)
}

func bang(required bool) string {
	if required {
		return "!"
	}
	return ""
}

func inputName(t schema.Type) string {
	if t.NonModel != "" {
		return t.NonModel + "Input"
	}
	return t.Name()
}

func (w *apiWriter) embedded(n *schema.NonModel) {
	w.linef("type %s {", n.Name)
	for _, f := range n.Fields {
		w.linef("  %s: %s", f.Name, typeText(f, f.Type.Name(), false))
	}
	w.linef("}\ninput %sInput {", n.Name)
	for _, f := range n.Fields {
		w.linef("  %s: %s", f.Name, typeText(f, inputName(f.Type), false))
	}
	w.linef("}")
}

// implicit reports whether a field is a timestamp that the server sets and that no input has.
func implicit(m *schema.Model, f *schema.Field) bool {
	return f.ReadOnly && (f.Name == m.CreatedAt || f.Name == m.UpdatedAt)
}

func (w *apiWriter) model(m *schema.Model) {
	for _, f := range m.Fields { // before the type is begun, because this writes types of its own
		if f.Association != nil && f.Association.Kind == schema.HasMany {
			w.children[f] = w.childrenKeyArgument(m, f)
		}
	}
	w.linef("type %s {", m.Name)
	for _, f := range m.Fields {
		w.outputField(m, f)
	}
	for _, f := range m.Implied() {
		w.linef("  %s: %s", f.Name, typeText(f, f.Type.Name(), false))
	}
	for _, name := range []string{m.CreatedAt, m.UpdatedAt} {
		if name != "" && m.Field(name) == nil {
			w.linef("  %s: AWSDateTime!", name)
		}
	}
	w.linef("  %s: Int!\n  %s: Boolean\n  %s: AWSTimestamp!\n}",
		conflict.VersionField, conflict.DeletedField, conflict.ChangedAtField)
	w.linef("type Model%sConnection { items: [%s]! nextToken: String startedAt: AWSTimestamp }", m.Name, m.Name)
	w.inputs(m)
	w.filterInputs(m)
	w.queries(m)
	w.mutations(m)
	w.subscriptions(m)
}

func (w *apiWriter) outputField(m *schema.Model, f *schema.Field) {
	switch {
	case implicit(m, f):
		w.linef("  %s: AWSDateTime!", f.Name)
	case f.Association != nil && f.Association.Kind == schema.HasMany:
		w.linef("  %s(%sfilter: Model%sFilterInput, sortDirection: ModelSortDirection, limit: Int, nextToken: String): Model%sConnection",
			f.Name, w.children[f], f.Type.Model, f.Type.Model)
	default:
		w.linef("  %s: %s", f.Name, typeText(f, f.Type.Name(), false))
	}
}

func (w *apiWriter) inputs(m *schema.Model) {
	w.linef("input %s {", appsync.InputType(m, conflict.Create))
	for _, f := range m.Stored() {
		if implicit(m, f) {
			continue
		}
		// The server makes an id, and the declared timestamps, when the input has none.
		filled := (f.Name == "id" && m.IsKey("id")) || f.Name == m.CreatedAt || f.Name == m.UpdatedAt
		w.linef("  %s: %s", f.Name, typeText(f, inputName(f.Type), filled))
	}
	w.linef("  _version: Int\n}\ninput %s {", appsync.InputType(m, conflict.Update))
	for _, f := range m.Stored() {
		if !implicit(m, f) {
			w.linef("  %s: %s", f.Name, w.keyed(m, f))
		}
	}
	w.linef("  _version: Int\n}\ninput %s {", appsync.InputType(m, conflict.Delete))
	for _, name := range m.Key {
		w.linef("  %s: %s!", name, keyType(m, name))
	}
	w.linef("  _version: Int\n}")
}

func (w *apiWriter) keyed(m *schema.Model, f *schema.Field) string {
	if m.IsKey(f.Name) {
		return f.Type.Name() + "!"
	}
	return typeText(f, inputName(f.Type), true)
}

func keyType(m *schema.Model, name string) string {
	if f := m.Field(name); f != nil {
		return f.Type.Name()
	}
	return "ID"
}

func (w *apiWriter) queries(m *schema.Model) {
	var keys []string
	for _, name := range m.Key {
		keys = append(keys, name+": "+keyType(m, name)+"!")
	}
	for _, name := range m.FieldNames("get", appsync.GetField(m)) {
		w.query = append(w.query, fmt.Sprintf("%s(%s): %s", name, strings.Join(keys, ", "), m.Name))
		w.fields[name] = rootField{kind: getRoot, model: m}
	}
	for _, name := range m.FieldNames("list", appsync.ListField(m)) {
		w.query = append(w.query, fmt.Sprintf("%s(%sfilter: Model%sFilterInput, limit: Int, nextToken: String%s): Model%sConnection",
			name, w.listKeys(m), m.Name, listDirection(m), m.Name))
		w.fields[name] = rootField{kind: listRoot, model: m}
	}
	w.query = append(w.query, fmt.Sprintf("%s(filter: Model%sFilterInput, limit: Int, nextToken: String, lastSync: AWSTimestamp): Model%sConnection",
		appsync.SyncField(m), m.Name, m.Name))
	w.fields[appsync.SyncField(m)] = rootField{kind: syncRoot, model: m}
	for i := range m.Indexes {
		w.indexQuery(m, &m.Indexes[i])
	}
}

func (w *apiWriter) listKeys(m *schema.Model) string {
	if !m.CustomKey {
		return ""
	}
	return m.Key[0] + ": " + keyType(m, m.Key[0]) + ", " + w.sortKeyArgument(m, "Primary", m.Key[1:])
}

func listDirection(m *schema.Model) string {
	if !m.CustomKey {
		return ""
	}
	return ", sortDirection: ModelSortDirection"
}

func (w *apiWriter) indexQuery(m *schema.Model, index *schema.Index) {
	if _, taken := w.fields[index.QueryField]; taken || index.QueryField == "" {
		return
	}
	w.query = append(w.query, fmt.Sprintf(
		"%s(%s: %s!, %ssortDirection: ModelSortDirection, filter: Model%sFilterInput, limit: Int, nextToken: String): Model%sConnection",
		index.QueryField, index.Fields[0], keyType(m, index.Fields[0]), w.sortKeyArgument(m, index.Name, index.Fields[1:]), m.Name, m.Name))
	w.fields[index.QueryField] = rootField{kind: indexRoot, model: m, index: index}
}

func (w *apiWriter) mutations(m *schema.Model) {
	for _, operation := range operations {
		if !m.Offers(string(operation)) {
			continue
		}
		name := appsync.MutationField(m, operation)
		w.mutation = append(w.mutation, fmt.Sprintf("%s(input: %s!, condition: Model%sConditionInput): %s",
			name, appsync.InputType(m, operation), m.Name, m.Name))
		w.fields[name] = rootField{kind: mutationRoot, model: m, operation: operation}
	}
}

func (w *apiWriter) subscriptions(m *schema.Model) {
	if m.SubscriptionLevel == "off" {
		return
	}
	owners := ""
	for _, name := range ownerArguments(m) {
		owners += ", " + name + ": String"
	}
	for _, operation := range operations {
		mutation := appsync.MutationField(m, operation)
		for _, name := range m.FieldNames(appsync.SubscriptionOperation(operation), appsync.SubscriptionField(m, operation)) {
			w.subscription = append(w.subscription, fmt.Sprintf("%s(filter: ModelSubscription%sFilterInput%s): %s @aws_subscribe(mutations: [%q])",
				name, m.Name, owners, m.Name, mutation))
			w.fields[name] = rootField{kind: subscriptionRoot, model: m, operation: operation}
		}
	}
}
