package appsync

import (
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// Mutation is one mutation to be sent.
type Mutation struct {
	ID        string // mutation id, sent in the extensions; "" sends none
	Model     *schema.Model
	Operation conflict.Operation
	Input     record.Value // key fields and changed fields, and _version if there is one
	Condition record.Value // filter input; Missing for none
	Strict    bool         // see Extensions.Strict
}

// MutationRequest writes one document for the mutations, in order, and returns their response keys. A single mutation
// has no alias, as Amplify sends it: its response key is the field name. Several have the aliases m0, m1, ... with
// variables i0 and, if there is a condition, c0. The selection sets are fragments, so that a batch of one model lists
// its fields once.
func MutationRequest(s *schema.Schema, mutations []Mutation) (Request, []string) {
	if len(mutations) == 1 {
		return singleMutation(s, mutations[0])
	}
	var declarations, calls, fragments strings.Builder
	var variables record.Builder
	keys := make([]string, len(mutations))
	ids := map[string]string{}
	var strict []string
	named := map[string]bool{}
	for i, m := range mutations {
		n := strconv.Itoa(i)
		keys[i] = "m" + n
		if i > 0 {
			declarations.WriteString(", ")
			calls.WriteString(" ")
		}
		declarations.WriteString("$i" + n + ": " + InputType(m.Model, m.Operation) + "!")
		variables.Set("i"+n, m.Input)
		arguments := "input: $i" + n
		if !m.Condition.IsNull() {
			declarations.WriteString(", $c" + n + ": " + ConditionType(m.Model))
			variables.Set("c"+n, m.Condition)
			arguments += ", condition: $c" + n
		}
		calls.WriteString(keys[i] + ": " + MutationField(m.Model, m.Operation) + "(" + arguments + "){..." + m.Model.Name + "Row}")
		if !named[m.Model.Name] {
			named[m.Model.Name] = true
			fragments.WriteString(" fragment " + m.Model.Name + "Row on " + m.Model.Name + Selection(s, m.Model))
		}
		if m.ID != "" {
			ids[keys[i]] = m.ID
		}
		if m.Strict {
			strict = append(strict, keys[i])
		}
	}
	return Request{
		Query:      "mutation operation(" + declarations.String() + "){" + calls.String() + "}" + fragments.String(),
		Variables:  variables.Object(),
		Extensions: Extensions{Present: true, Mutations: ids, Strict: strict},
	}, keys
}

// singleMutation is the document that Amplify sends: it declares a condition for updates and deletes, null when there
// is none.
func singleMutation(s *schema.Schema, m Mutation) (Request, []string) {
	key := MutationField(m.Model, m.Operation)
	declarations, arguments := "$input: "+InputType(m.Model, m.Operation)+"!", "input: $input"
	var variables record.Builder
	variables.Set("input", m.Input)
	if m.Operation != conflict.Create || !m.Condition.IsNull() {
		declarations += ", $condition: " + ConditionType(m.Model)
		arguments += ", condition: $condition"
		if m.Condition.IsNull() {
			variables.SetNull("condition")
		} else {
			variables.Set("condition", m.Condition)
		}
	}
	request := Request{
		Query:      "mutation operation(" + declarations + "){" + key + "(" + arguments + ")" + Selection(s, m.Model) + "}",
		Variables:  variables.Object(),
		Extensions: Extensions{Present: true},
	}
	if m.ID != "" {
		request.Extensions.Mutations = map[string]string{key: m.ID}
	}
	if m.Strict {
		request.Extensions.Strict = []string{key}
	}
	return request, []string{key}
}

// SyncArguments of one page.
type SyncArguments struct {
	Limit     int    // rows; 0 leaves it to the server (100)
	NextToken string // "" for the first page
	LastSync  int64  // ms since 1970; 0 for a base run
	Filter    record.Value
	Cursor    string // sent when UseCursor is set; "" for a base run that ends with a cursor
	UseCursor bool
}

// SyncRequest asks for one page of a model; the response key is SyncField(m).
func SyncRequest(s *schema.Schema, m *schema.Model, a SyncArguments) Request {
	var variables record.Builder
	if a.Limit > 0 {
		variables.SetInt("limit", int64(a.Limit))
	} else {
		variables.SetNull("limit")
	}
	if a.NextToken != "" {
		variables.SetString("nextToken", a.NextToken)
	} else {
		variables.SetNull("nextToken")
	}
	variables.SetInt("lastSync", a.LastSync)
	if a.Filter.IsNull() {
		variables.SetNull("filter")
	} else {
		variables.Set("filter", a.Filter)
	}
	request := Request{
		Query: "query operation($limit: Int, $nextToken: String, $lastSync: AWSTimestamp, $filter: " + FilterType(m) + "){" +
			SyncField(m) + "(limit: $limit, nextToken: $nextToken, lastSync: $lastSync, filter: $filter){items" +
			Selection(s, m) + " nextToken startedAt}}",
		Variables:  variables.Object(),
		Extensions: Extensions{Present: true},
	}
	if a.UseCursor {
		request.Extensions.Cursors = map[string]string{SyncField(m): a.Cursor}
	}
	return request
}

// GetRequest asks for one record by its key fields; the response key is GetField(m).
func GetRequest(s *schema.Schema, m *schema.Model, key record.Value) Request {
	var declarations, arguments strings.Builder
	for i, name := range m.Key {
		if i > 0 {
			declarations.WriteString(", ")
			arguments.WriteString(", ")
		}
		declarations.WriteString("$" + name + ": " + keyType(m, name) + "!")
		arguments.WriteString(name + ": $" + name)
	}
	return Request{
		Query: "query operation(" + declarations.String() + "){" + GetField(m) + "(" + arguments.String() + ")" +
			Selection(s, m) + "}",
		Variables:  record.Pick(key, m.Key...),
		Extensions: Extensions{Present: true},
	}
}

func keyType(m *schema.Model, name string) string {
	if f := m.Field(name); f != nil {
		return f.Type.Name()
	}
	return string(schema.ID)
}
