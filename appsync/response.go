package appsync

import (
	"strconv"

	"github.com/deltabase/deltabase/record"
)

// Error is one GraphQL error, of a response or of a realtime frame.
type Error struct {
	Type    string // errorType, "" for validation errors
	Message string
	Path    []string // indexes are decimal texts; nil when the path is null
	Data    record.Value
	Info    record.Value
	// Line and Column are the place in the document, counted from 1; 0 when it is not known.
	Line, Column int
	Code         int // errorCode of realtime errors, 0 when there is none
}

func (e Error) Error() string {
	if e.Type == "" {
		return e.Message
	}
	return e.Type + ": " + e.Message
}

// Outcomes of a mutation in Response.Mutations.
const (
	Applied  = "applied"
	Repeated = "repeated" // the server knew the mutation id: it wrote nothing and gave the first answer again
)

// Response is the answer to a POST.
type Response struct {
	Data      record.Value // an object or null
	Errors    []Error
	Deltabase bool              // the server announced extensions.deltabase
	Mutations map[string]string // response key -> Applied or Repeated
	Cursors   map[string]CursorReply
}

// CursorReply is what extensions.deltabase of a response says about one sync field.
type CursorReply struct {
	Cursor string   // where the next delta begins; "" until the last page
	Base   bool     // this run is a base run
	Left   []string // ids of records that changed and no longer match the filter
	LeftAt []int64  // _lastChangedAt of each of these, ms since 1970
	// LeftVersions are the _version of each of these, because several changes may have the same time.
	LeftVersions []int64
	Total        int64 // with the first page of a base run: about how many records the run has; 0 for unknown
}

// ResponseError is the error of a body that is not the answer of a GraphQL server: not JSON, or an object without data
// and errors. The request may or may not have been carried out.
type ResponseError struct{ Reason string }

func (e *ResponseError) Error() string { return "not a GraphQL answer: " + e.Reason }

// ParseResponse reads an answer. The error is a *ResponseError.
func ParseResponse(body []byte) (Response, error) {
	v, err := record.Parse(body)
	if err != nil {
		return Response{}, &ResponseError{err.Error()}
	}
	parts := v.Three("data", "errors", "extensions")
	data, errs := parts[0], parts[1]
	switch {
	case v.Kind() != record.Object:
		return Response{}, &ResponseError{"it is no object"}
	case !data.Exists() && errs.IsNull():
		return Response{}, &ResponseError{"it has neither data nor errors"}
	case !data.IsNull() && data.Kind() != record.Object:
		return Response{}, &ResponseError{"data is neither an object nor null"}
	}
	if !data.Exists() {
		data = record.NullValue()
	}
	r := Response{Data: data, Errors: parseErrors(errs)}
	r.parseExtensions(parts[2].Field("deltabase"))
	return r, nil
}

// parseErrors reads a list of errors or a single one.
func parseErrors(v record.Value) []Error {
	if v.Kind() == record.Object {
		return []Error{parseError(v)}
	}
	var errs []Error
	v.Elements(func(_ int, element record.Value) bool {
		errs = append(errs, parseError(element))
		return true
	})
	return errs
}

func parseError(v record.Value) Error {
	e := Error{Type: v.Field("errorType").Str(), Message: v.Field("message").Str(),
		Data: v.Field("data"), Info: v.Field("errorInfo")}
	if e.Type == "" {
		e.Type = v.Field("extensions").Field("errorType").Str()
	}
	if path := v.Field("path"); path.Kind() == record.List {
		e.Path = []string{}
		path.Elements(func(_ int, step record.Value) bool {
			if step.Kind() == record.String {
				e.Path = append(e.Path, step.Str())
			} else {
				e.Path = append(e.Path, step.String())
			}
			return true
		})
	}
	v.Field("locations").Elements(func(_ int, place record.Value) bool {
		e.Line, e.Column = intOf(place.Field("line")), intOf(place.Field("column"))
		return false
	})
	e.Code = intOf(v.Field("errorCode"))
	return e
}

func intOf(v record.Value) int {
	n, _ := v.Int()
	return int(n)
}

func (r *Response) parseExtensions(v record.Value) {
	if v.Field("server").Str() != "deltabase" {
		return
	}
	r.Deltabase = true
	r.Mutations, r.Cursors = map[string]string{}, map[string]CursorReply{}
	v.Field("mutations").Fields(func(key string, outcome record.Value) bool {
		r.Mutations[key] = outcome.Str()
		return true
	})
	v.Field("cursors").Fields(func(key string, reply record.Value) bool {
		c := CursorReply{Cursor: reply.Field("cursor").Str(), Base: reply.Field("base").Bool()}
		reply.Field("left").Elements(func(_ int, id record.Value) bool {
			c.Left = append(c.Left, id.Str())
			return true
		})
		c.LeftAt, c.LeftVersions = wholeNumbers(reply.Field("leftAt")), wholeNumbers(reply.Field("leftVersions"))
		c.Total, _ = reply.Field("total").Int()
		r.Cursors[key] = c
		return true
	})
}

// Body writes the response: the data verbatim, errors only if there are any.
func (r Response) Body() []byte {
	var b record.Builder
	if r.Data.Exists() {
		b.Set("data", r.Data)
	} else {
		b.SetNull("data")
	}
	if len(r.Errors) > 0 {
		var errs record.ListBuilder
		for _, e := range r.Errors {
			errs.Add(e.value())
		}
		b.Set("errors", errs.List())
	}
	if r.Deltabase {
		b.Set("extensions", deltabase(r.extensions()))
	}
	return b.Object().Text()
}

func (r Response) extensions() record.Value {
	var b record.Builder
	b.SetString("server", "deltabase")
	if len(r.Mutations) > 0 {
		b.Set("mutations", textsOf(r.Mutations))
	}
	if len(r.Cursors) > 0 {
		var cursors record.Builder
		for _, key := range sortedKeys(r.Cursors) {
			cursors.Set(key, r.Cursors[key].value())
		}
		b.Set("cursors", cursors.Object())
	}
	return b.Object()
}

func wholeNumbers(list record.Value) (numbers []int64) {
	list.Elements(func(_ int, v record.Value) bool {
		n, _ := v.Int()
		numbers = append(numbers, n)
		return true
	})
	return numbers
}

func listOf(numbers []int64) record.Value {
	var list record.ListBuilder
	for _, n := range numbers {
		list.Add(record.OfInt(n))
	}
	return list.List()
}

func (c CursorReply) value() record.Value {
	var b record.Builder
	b.SetString("cursor", c.Cursor)
	b.SetBool("base", c.Base)
	var left record.ListBuilder
	for _, id := range c.Left {
		left.AddString(id)
	}
	b.Set("left", left.List())
	if len(c.LeftAt) > 0 {
		b.Set("leftAt", listOf(c.LeftAt))
		b.Set("leftVersions", listOf(c.LeftVersions))
	}
	if c.Total > 0 {
		b.SetInt("total", c.Total)
	}
	return b.Object()
}

// value writes an error of a response: {path, data, errorType, errorInfo, locations, message}. An error without a type
// (validation) has no errorType, data and errorInfo.
func (e Error) value() record.Value {
	var b record.Builder
	b.Set("path", pathOf(e.Path))
	if e.Type != "" {
		b.Set("data", orNull(e.Data))
		b.SetString("errorType", e.Type)
		b.Set("errorInfo", orNull(e.Info))
	}
	b.Set("locations", e.locations())
	b.SetString("message", e.Message)
	return b.Object()
}

func orNull(v record.Value) record.Value {
	if v.Exists() {
		return v
	}
	return record.NullValue()
}

// pathOf writes a path. Decimal texts are indexes, because no field name begins with a digit.
func pathOf(path []string) record.Value {
	if path == nil {
		return record.NullValue()
	}
	var list record.ListBuilder
	for _, step := range path {
		if n, err := strconv.Atoi(step); err == nil {
			list.Add(record.OfInt(int64(n)))
		} else {
			list.AddString(step)
		}
	}
	return list.List()
}

func (e Error) locations() record.Value {
	if e.Line == 0 {
		return record.NullValue()
	}
	var place record.Builder
	place.SetInt("line", int64(e.Line))
	place.SetInt("column", int64(e.Column))
	place.SetNull("sourceName")
	var list record.ListBuilder
	list.Add(place.Object())
	return list.List()
}

// ErrorsOf returns the errors whose path begins with key.
func (r Response) ErrorsOf(key string) []Error {
	var errs []Error
	for _, e := range r.Errors {
		if len(e.Path) > 0 && e.Path[0] == key {
			errs = append(errs, e)
		}
	}
	return errs
}

// Page is a sync page.
type Page struct {
	Items     []record.Value // without those that are null
	NullItems int            // how many are null
	NextToken string         // "" at the end (null or absent)
	StartedAt int64          // ms since 1970, 0 when the server gave none
}

// PageOf reads data[key] of a sync response; ok is false when that is null or not a page.
func PageOf(r Response, key string) (page Page, ok bool) {
	s := record.Scan(r.Data)
	for in := s.Open(record.Object); in && s.Field(); {
		if s.Named(key) {
			return pageAt(s)
		}
	}
	return Page{}, false
}

// pageAt reads a page; s stands before it.
func pageAt(s *record.Scanner) (page Page, ok bool) {
	for in := s.Open(record.Object); in && s.Field(); {
		switch {
		case s.Named("items") && s.Open(record.List):
			ok = true
			for s.Element() {
				if item := s.Value(); item.IsNull() {
					page.NullItems++
				} else {
					page.Items = append(page.Items, item)
				}
			}
		case s.Named("nextToken"):
			page.NextToken = s.Value().Str()
		case s.Named("startedAt"):
			page.StartedAt, _ = s.Value().Int()
		}
	}
	if !ok {
		return Page{}, false
	}
	return page, true
}
