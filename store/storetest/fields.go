package storetest

import (
	"reflect"
	"testing"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// fill gives every field of a stored value something that is not its zero value, so that a field which nobody writes
// or reads is missed, the one that is added tomorrow too. Types that take only some values are listed.
func fill(t testing.TB, v reflect.Value, path string) {
	t.Helper()
	switch v.Interface().(type) {
	case record.Value:
		v.Set(reflect.ValueOf(record.TrustString(`{"id":"p1","title":"` + path + `"}`)))
		return
	case store.Kind:
		v.Set(reflect.ValueOf(store.Page))
		return
	case store.State:
		v.SetString(string(store.Held))
		return
	case store.End:
		v.SetString(string(store.SupersededEnd))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(len(path)))
	case reflect.Uint64:
		v.SetUint(uint64(len(path)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), path+" first")
		fill(t, v.Index(1), path+" second")
	case reflect.Struct:
		for n := range v.NumField() {
			fill(t, v.Field(n), path+"."+v.Type().Field(n).Name)
		}
	default:
		t.Fatalf("%s is a %s: say how it is filled", path, v.Kind())
	}
}

// differs names the first field in which two stored values differ.
func differs(a, b reflect.Value, path string) string {
	if text, ok := a.Interface().(record.Value); ok {
		if !record.Equal(text, b.Interface().(record.Value)) {
			return path
		}
		return ""
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return path
			}
			return ""
		}
		return differs(a.Elem(), b.Elem(), path)
	case reflect.Slice:
		if a.Len() != b.Len() {
			return path
		}
		for n := range a.Len() {
			if where := differs(a.Index(n), b.Index(n), path); where != "" {
				return where
			}
		}
	case reflect.Struct:
		for n := range a.NumField() {
			if where := differs(a.Field(n), b.Field(n), path+"."+a.Type().Field(n).Name); where != "" {
				return where
			}
		}
	default:
		if a.Interface() != b.Interface() {
			return path
		}
	}
	return ""
}

func filled[T any](t testing.TB, name string) T {
	var value T
	fill(t, reflect.ValueOf(&value).Elem(), name)
	return value
}

func same[T any](t testing.TB, when, name string, want, got T) {
	t.Helper()
	if where := differs(reflect.ValueOf(want), reflect.ValueOf(got), name); where != "" {
		t.Errorf("%s: %s is not what was committed:\n%+v\n%+v", when, where, want, got)
	}
}

// testEveryField: each field of each kind of stored state comes back from a log row, after a fold and from a rewritten
// database.
func testEveryField(t *testing.T, open Opener) {
	c := filled[store.Commit](t, "Commit")
	read, err := store.DecodeCommit(store.EncodeCommit(&c))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a log row", "Commit", c, *read)

	s := start(t, open, Small)
	row, m, e := filled[store.Row](t, "Row"), filled[store.Mutation](t, "Mutation"), filled[store.Ended](t, "Ended")
	row.Model, row.ID, m.Key, e.Key = "Post", "p1", store.Key{Model: "Post", ID: "p1"}, store.Key{Model: "Post", ID: "p1"}
	meta := store.MetaEntry{Key: "cursor/Post", Value: record.TrustString(`{"cursor":"5"}`)}
	order := max(row.Order, m.Order)
	s.commit(&store.Commit{Name: "save+outbox", Strict: true, Rows: []store.Row{row},
		Mutations: []store.Mutation{m}, Meta: []store.MetaEntry{meta}})
	s.commit(&store.Commit{Name: "acknowledge", Strict: true, Ended: []store.Ended{e}})
	check := func(when string) {
		t.Helper()
		back, _ := s.image.Row(row.Key())
		same(t, when, "Row", row, back)
		queued, ok := s.image.Mutation(m.ID)
		if !ok {
			t.Fatalf("%s: the mutation is gone", when)
		}
		same(t, when, "Mutation", m, *queued)
		if journal := s.image.Journal(); len(journal) != 1 {
			t.Errorf("%s: %d journal entries", when, len(journal))
		} else {
			same(t, when, "Ended", e, journal[0])
		}
		if got := s.image.Meta(meta.Key); !record.Equal(got, meta.Value) {
			t.Errorf("%s: the meta entry is %s", when, got)
		}
		if s.image.Order() != order {
			t.Errorf("%s: orders go on from %d, want %d", when, s.image.Order(), order)
		}
	}
	s.reload()
	check("from the log")
	s.foldAll()
	s.reload()
	check("after a fold")
	if err := s.db.Rebuild(s.image.Whole()); err != nil {
		t.Fatal(err)
	}
	s.reload()
	check("after a rebuild")
}
