package live

import (
	"errors"

	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/shape"
)

// Query answers from the committed image (rule 9).
func (l *Live) Query(ev Find) {
	sh := l.setup.Shape(ev.Model)
	if sh == nil {
		l.line.Fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	if ev.ID != "" {
		var rows record.ListBuilder
		if view := l.door.Image.View(store.Key{Model: ev.Model, ID: ev.ID}); view.Exists() {
			rows.Add(view)
		}
		l.line.Reply(ev.Call, rows.List().Text())
		return
	}
	filter, err := query.ParseRelated(l.setup.Schema, sh.Model, ev.Filter)
	if err != nil {
		l.line.Fail(ev.Call, app.NewError(app.CodeInvalidValue, "The criteria are not valid: "+err.Error()))
		return
	}
	keys, problem := sortKeys(sh, ev.Sort)
	if problem != nil {
		l.line.Fail(ev.Call, problem)
		return
	}
	page := query.Page{Limit: max(ev.Limit, 0), Number: max(ev.Page, 0)}
	l.line.Reply(ev.Call, textOf(l.door.Image.Select(ev.Model, filter, keys, page)))
}

// Aggregate answers about groups of committed records, without sending the records.
func (l *Live) Aggregate(ev Tally) {
	sh := l.setup.Shape(ev.Model)
	if sh == nil {
		l.line.Fail(ev.Call, app.UnknownModel(ev.Model))
		return
	}
	filter, err := query.ParseRelated(l.setup.Schema, sh.Model, ev.Filter)
	if err != nil {
		l.line.Fail(ev.Call, app.NewError(app.CodeInvalidValue, "The criteria are not valid: "+err.Error()))
		return
	}
	asked, err := query.ParseAggregation(sh.Model, ev.Asked)
	if err != nil {
		l.line.Fail(ev.Call, app.NewError(app.CodeBadRequest, err.Error()))
		return
	}
	l.line.Reply(ev.Call, l.door.Image.Aggregate(ev.Model, filter, asked).List().Text())
}

// textOf is a JSON list of rows, written into one buffer.
func textOf(rows []record.Value) []byte {
	size := 2
	for _, row := range rows {
		size += len(row.Text()) + 1
	}
	text := make([]byte, 0, size)
	text = append(text, '[')
	for i, row := range rows {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, row.Text()...)
	}
	return append(text, ']')
}

// sortKeys reads [{"field":"title","direction":"ASCENDING"}].
func sortKeys(sh *shape.Shape, sort record.Value) ([]query.SortKey, *app.Error) {
	keys, err := query.ParseSort(sh.Model, sort)
	if err == nil {
		return keys, nil
	}
	var wrong *query.FilterError
	if errors.As(err, &wrong) {
		return nil, app.NewError(app.CodeBadRequest, wrong.Reason)
	}
	return nil, app.NewError(app.CodeBadRequest, err.Error())
}
