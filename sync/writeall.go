package sync

import (
	"strconv"

	"github.com/deltabase/deltabase/sync/app"
)

// writeAll stages writes one after the other, each on top of those before it. What is staged within one step becomes
// one transaction. When a write is refused, writeAll takes back the ones before it, so nothing has happened.
func (e *Engine) writeAll(ev WriteAll) {
	if len(ev.Writes) > writesMax {
		e.line.Fail(ev.Call, app.NewError(app.CodeBadRequest, "One call takes at most "+strconv.Itoa(writesMax)+
			" records. Save or delete them in several calls."))
		return
	}
	w := &writing{e: e, answers: make([][]byte, len(ev.Writes))}
	before := e.door.Mark()
	if problem := w.takeAll(ev); problem != nil {
		e.door.TakeBack(before)
		e.line.Fail(ev.Call, ofWrite(w.at, problem))
		return
	}
	e.door.AnswerWhenDurable(func() { e.line.Reply(ev.Call, listOf(w.answers)) },
		func(problem *app.Error) { e.turnAway(ev.Call, ev, problem) })
}

// writing holds one WriteAll while it is being staged.
type writing struct {
	e       *Engine
	answers [][]byte
	deletes *deletion // consecutive deletes, which are staged together
	at      int       // the index of the write that was refused
}

func (w *writing) takeAll(ev WriteAll) *app.Error {
	for i, write := range ev.Writes {
		if problem := w.take(write, i, ev.Call); problem != nil {
			return problem
		}
	}
	return w.flush()
}

func (w *writing) take(write Event, at int, call app.Call) *app.Error {
	switch write := write.(type) {
	case Save:
		if problem := w.flush(); problem != nil {
			return problem
		}
		w.at = at
		write.Call = call
		return w.e.stageSave(write, answer{reply: func(body []byte) { w.answers[at] = body }, failed: func(*app.Error) {}})
	case Delete:
		if w.deletes == nil {
			w.deletes = w.e.newDeletion()
		}
		w.at = at
		write.Call = call
		rows, problem := w.deletes.plan(write, at)
		w.answers[at] = rows
		return problem
	}
	return nil
}

// flush stages the deletes that were planned.
func (w *writing) flush() *app.Error {
	if w.deletes == nil {
		return nil
	}
	d := w.deletes
	w.deletes = nil
	problem := d.stage(func() {}, func(*app.Error) {})
	if problem != nil {
		w.at = d.at
	}
	return problem
}

// ofWrite adds to an error which of the writes was refused: detail is {"index":2}, with the error's own detail under
// "detail".
func ofWrite(index int, problem *app.Error) *app.Error {
	detail := append([]byte(`{"index":`), strconv.Itoa(index)...)
	if problem.Detail != nil {
		detail = append(append(detail, `,"detail":`...), problem.Detail...)
	}
	return &app.Error{Code: problem.Code, Message: problem.Message, Detail: append(detail, '}')}
}

func listOf(bodies [][]byte) []byte {
	list := []byte{'['}
	for i, body := range bodies {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, body...)
	}
	return append(list, ']')
}
