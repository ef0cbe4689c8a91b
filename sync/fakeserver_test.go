package sync_test

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
)

// fakeServer answers the engine's requests as the sync protocol says: versions, tombstones, a log,
// conflicts, pages. plain makes it an AppSync without our extensions.
type fakeServer struct {
	schema   *schema.Schema
	plain    bool
	strict   bool // the mutation under way must not be merged
	strategy conflict.Strategy
	rows     map[string]record.Value // "Post/p1"
	log      []string                // keys in order of change; the position is the cursor
	outcomes map[string]record.Value // mutation id -> row
	contents map[string]string       // mutation id -> what it set
	seen     map[string]bool         // "Post/p1.title=value": what fields were once
	lacks    map[string]bool         // " name": fields that the API does not have
	refuse   map[string]string       // "Post/p1", or a value of it as "Post/p1.title=bad" -> errorType
	hides    map[string]string       // by model: a field that its readers may not see
	nulls    map[string]bool         // models whose pages carry a null item and an error
	restored bool                    // from a backup: no cursor is known
	inputs   map[string]int          // what was applied, with its version, and how often
	clockMs  int64
	pageRows int
	changed  []event // what was written, in the order of log; to deliver to subscribers
}

type event struct {
	model string
	op    conflict.Operation
	row   record.Value
}

func newFakeServer(s *schema.Schema) *fakeServer {
	return &fakeServer{schema: s, strategy: conflict.Automerge, rows: map[string]record.Value{},
		outcomes: map[string]record.Value{}, contents: map[string]string{}, inputs: map[string]int{}, seen: map[string]bool{}, refuse: map[string]string{}, lacks: map[string]bool{}, nulls: map[string]bool{}, hides: map[string]string{},
		clockMs: 1_700_000_000_000, pageRows: 1000}
}

var (
	mutationField = regexp.MustCompile(`(?:(m\d+): )?(create|update|delete)(\w+)\(input: \$(\w+)(?:, condition: \$(\w+))?\)`)
	rootField     = regexp.MustCompile(`\{(sync|get)(\w+)\(`)
)

// serve answers one request body.
func (f *fakeServer) serve(body []byte) []byte {
	request, _, err := appsync.ParseRequest(body)
	if err != nil {
		panic(err)
	}
	for field := range f.lacks {
		if strings.Contains(request.Query, " "+field) {
			refusal := appsync.Response{Errors: []appsync.Error{{Message: "Validation error of type FieldUndefined: Field '" + field + "' in type 'Post' is undefined"}}}
			return refusal.Body()
		}
	}
	response := appsync.Response{Deltabase: !f.plain && request.Extensions.Present}
	if response.Deltabase {
		response.Mutations, response.Cursors = map[string]string{}, map[string]appsync.CursorReply{}
	}
	var data record.Builder
	for _, match := range mutationField.FindAllStringSubmatch(request.Query, -1) {
		f.mutate(request, match, &data, &response)
	}
	if match := rootField.FindStringSubmatch(request.Query); match != nil {
		if match[1] == "sync" {
			f.sync(request, match[2], &data, &response)
		} else {
			key := match[1] + match[2]
			id, _ := f.schema.Model(match[2]).RecordID(request.Variables)
			if row, ok := f.rows[match[2]+"/"+id]; ok {
				data.Set(key, selected(f.schema.Model(match[2]), row))
			} else {
				data.SetNull(key)
			}
		}
	}
	response.Data = data.Object()
	return response.Body()
}

func (f *fakeServer) mutate(r appsync.Request, match []string, data *record.Builder, response *appsync.Response) {
	alias, verb, model := match[1], conflict.Operation(match[2]), f.schema.Model(match[3])
	key := match[2] + match[3]
	if alias != "" {
		key = alias
	}
	input := r.Variables.Field(match[4])
	id := r.Extensions.Mutations[key]
	if row, known := f.outcomes[id]; known && id != "" && !f.plain {
		data.Set(key, selected(model, row))
		response.Mutations[key] = appsync.Repeated
		return
	}
	f.strict = !f.plain && slices.Contains(r.Extensions.Strict, key)
	row, failure := f.write(model, verb, input, r.Variables.Field(match[5]))
	f.strict = false
	if failure != nil {
		data.SetNull(key)
		failure.Path = []string{key}
		response.Errors = append(response.Errors, *failure)
		return
	}
	data.Set(key, selected(model, row))
	if !f.plain && id != "" {
		f.outcomes[id], f.contents[id] = row, record.Without(input, conflict.VersionField).String()
		response.Mutations[key] = appsync.Applied
	}
}

// selected is what a request by the schema of today gets of a row.
func selected(m *schema.Model, row record.Value) record.Value {
	var gone []string
	for _, name := range record.Names(row) {
		if m.Field(name) == nil && !strings.HasPrefix(name, "_") {
			gone = append(gone, name)
		}
	}
	return record.Without(row, gone...)
}

// write applies one mutation, of the engine or of somebody else.
func (f *fakeServer) write(m *schema.Model, op conflict.Operation, input, condition record.Value) (record.Value, *appsync.Error) {
	recordID, err := m.RecordID(input)
	if err != nil {
		return record.Value{}, &appsync.Error{Message: err.Error()}
	}
	place := m.Name + "/" + recordID
	kind := f.refuse[place]
	input.Fields(func(name string, v record.Value) bool {
		if value := f.refuse[place+"."+name+"="+v.Str()]; value != "" {
			kind = value
		}
		return true
	})
	if kind != "" {
		return record.Value{}, &appsync.Error{Type: kind, Message: "refused " + place}
	}
	stored := f.rows[place]
	version, _ := input.Field(conflict.VersionField).Int()
	conditional := &appsync.Error{Type: appsync.ConditionalCheckFailed, Message: "The conditional request failed"}
	if p, _ := query.Parse(m, condition, query.Server); p != nil && stored.Exists() && !p.Match(stored) {
		return record.Value{}, conditional
	}
	bare := record.Without(input, conflict.VersionField)
	outcome := conflict.Decide(m, conflict.Attempt{Operation: op, Input: bare, Version: version,
		Stored: stored, Strategy: f.strategy, Strict: f.strict})
	switch outcome.Verdict {
	case conflict.Conflicted:
		return record.Value{}, &appsync.Error{Type: appsync.ConflictUnhandled, Data: stored,
			Message: "Conflict resolver rejects mutation."}
	case conflict.Apply:
	default:
		return record.Value{}, conditional
	}
	f.clockMs++
	stamp := conflict.Stamp{Version: conflict.StampOf(stored).Version + 1, ChangedAt: f.clockMs,
		Deleted: op == conflict.Delete}
	row := conflict.WithStamp(f.complete(m, outcome.Row), stamp)
	f.rows[place] = row
	f.log = append(f.log, place)
	row.Fields(func(name string, v record.Value) bool {
		f.seen[place+"."+name+"="+v.String()] = true
		return true
	})
	f.inputs[string(op)+" "+place+" "+input.String()]++
	f.changed = append(f.changed, event{m.Name, op, row})
	return row, nil
}

// complete gives a row all fields that a client asks for.
func (f *fakeServer) complete(m *schema.Model, row record.Value) record.Value {
	var nulls record.Builder
	for _, field := range m.Stored() {
		nulls.SetNull(field.Name)
	}
	return record.Overlay(nulls.Object(), row)
}

// sync answers a page. Positions of the log are cursors; tokens are "mode:from:to:offset".
func (f *fakeServer) sync(r appsync.Request, plural string, data *record.Builder, response *appsync.Response) {
	var m *schema.Model
	for _, candidate := range f.schema.Models {
		if appsync.SyncField(candidate) == "sync"+plural {
			m = candidate
		}
	}
	key := "sync" + plural
	cursor, wantsCursor := r.Extensions.Cursors[key]
	wantsCursor = wantsCursor && !f.plain
	lastSync, _ := r.Variables.Field("lastSync").Int()
	from, to, offset := -1, len(f.log), 0
	if wantsCursor && cursor != "" && !f.restored {
		from, _ = strconv.Atoi(cursor)
	}
	if token := r.Variables.Field("nextToken").Str(); token != "" {
		fmt.Sscanf(token, "t:%d:%d:%d", &from, &to, &offset)
	}
	filter, _ := query.Parse(m, r.Variables.Field("filter"), query.Server)
	keys := f.keysOf(m, from, to, lastSync)
	limit, _ := r.Variables.Field("limit").Int()
	end := min(offset+min(int(limit), f.pageRows), len(keys))
	var items record.ListBuilder
	reply := appsync.CursorReply{Base: from < 0}
	for _, place := range keys[offset:end] {
		row := f.rows[place]
		switch {
		case filter.Match(row) || conflict.StampOf(row).Deleted:
			row = selected(m, row)
			if hidden := f.hides[m.Name]; hidden != "" {
				var null record.Builder
				null.SetNull(hidden)
				row = record.Overlay(row, null.Object())
				response.Errors = append(response.Errors, appsync.Error{Type: appsync.Unauthorized, Message: "Not Authorized to access " + hidden,
					Path: []string{key, "items", strconv.Itoa(items.Len()), hidden}})
			}
			items.Add(row)
		case from >= 0:
			reply.Left = append(reply.Left, strings.TrimPrefix(place, m.Name+"/"))
			reply.LeftAt = append(reply.LeftAt, conflict.StampOf(row).ChangedAt)
		}
	}
	var page record.Builder
	if f.nulls[m.Name] {
		items.Add(record.NullValue())
		response.Errors = append(response.Errors, appsync.Error{Message: "Cannot return null for non-nullable type",
			Path: []string{key, "items", strconv.Itoa(items.Len() - 1), "title"}})
	}
	page.Set("items", items.List())
	if end < len(keys) {
		page.SetString("nextToken", fmt.Sprintf("t:%d:%d:%d", from, to, end))
	} else {
		page.SetNull("nextToken")
		reply.Cursor = strconv.Itoa(to)
	}
	page.SetInt("startedAt", f.clockMs)
	data.Set(key, page.Object())
	if wantsCursor {
		response.Cursors[key] = reply
	}
}

// keysOf lists the records of a run: all by name, or those changed since.
func (f *fakeServer) keysOf(m *schema.Model, from, to int, lastSync int64) []string {
	seen := map[string]bool{}
	var keys []string
	add := func(place string) {
		if !seen[place] && strings.HasPrefix(place, m.Name+"/") {
			seen[place] = true
			keys = append(keys, place)
		}
	}
	if from >= 0 {
		for _, place := range f.log[from:to] {
			add(place)
		}
		return keys
	}
	for place, row := range f.rows {
		if conflict.StampOf(row).ChangedAt >= lastSync {
			add(place)
		}
	}
	sort.Strings(keys)
	return keys
}
