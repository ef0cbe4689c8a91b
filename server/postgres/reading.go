package postgres

import "github.com/deltabase/deltabase/server"

// What an update reads besides single rows is not compared again: it is read under the lock. Maintenance
// does so, and answers that follow relations.

func afterReady[T any](w *writer, ask func() ([]T, bool, error)) ([]T, bool, error) {
	if err := w.ready(); err != nil {
		return nil, false, err
	}
	all, more, err := ask()
	return all, more, w.failed(err)
}

func (w *writer) RowsByKey(model, after string, span server.Span) ([]server.Row, bool, error) {
	return afterReady(w, func() ([]server.Row, bool, error) { return w.reader.RowsByKey(model, after, span) })
}

func (w *writer) RowsByIndex(model string, keys server.KeyRange, span server.Span) ([]server.Row, bool, error) {
	return afterReady(w, func() ([]server.Row, bool, error) { return w.reader.RowsByIndex(model, keys, span) })
}

func (w *writer) RowsSince(model string, afterSeq int64, span server.Span) ([]server.Row, bool, error) {
	return afterReady(w, func() ([]server.Row, bool, error) { return w.reader.RowsSince(model, afterSeq, span) })
}

func (w *writer) ChangesSince(model string, fromMs, afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return afterReady(w, func() ([]server.Entry, bool, error) { return w.reader.ChangesSince(model, fromMs, afterSeq, span) })
}

func (w *writer) Log(afterSeq int64, span server.Span) ([]server.Entry, bool, error) {
	return afterReady(w, func() ([]server.Entry, bool, error) { return w.reader.Log(afterSeq, span) })
}

func (w *writer) Note(name string) (string, error) {
	if err := w.ready(); err != nil {
		return "", err
	}
	text, err := w.reader.Note(name)
	return text, w.failed(err)
}

func (w *writer) Indexes() ([]server.IndexName, error) {
	if err := w.ready(); err != nil {
		return nil, err
	}
	names, err := w.reader.Indexes()
	return names, w.failed(err)
}

// Count of what this update sees.
func (w *writer) Count(model string) (int64, error) {
	if err := w.lock(); err != nil {
		return 0, err
	}
	w.settleCounts()
	if err := w.ready(); err != nil {
		return 0, err
	}
	n, err := w.reader.Count(model)
	return n, w.failed(err)
}
