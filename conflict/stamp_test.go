package conflict

import (
	"testing"

	"github.com/deltabase/deltabase/record"
)

func TestStampOfReadsMetadata(t *testing.T) {
	for text, want := range map[string]Stamp{
		`{"id":"a","_version":4,"_lastChangedAt":1714558831502,"_deleted":null}`: {4, 1714558831502, false},
		`{"_version":7,"_lastChangedAt":1,"_deleted":true}`:                      {7, 1, true},
		`{"_version":"7","_deleted":"true"}`:                                     {},
		`{"id":"a","_version":4,"_lastChangedAt":17,"_deleted":true}`:            {4, 17, true},
		`{"id":"a","_version":-4,"_lastChangedAt":17,"_deleted":true}`:           {-4, 17, true},
		`{"id":"a","_version":4.5,"_lastChangedAt":17,"_deleted":false}`:         {0, 17, false},
		`{"in":{"_version":4,"_lastChangedAt":17,"_deleted":true}}`:              {},
		`{"id":",\"_version\":4,\"_lastChangedAt\":17,\"_deleted\":true}"}`:      {},
		`{}`: {},
		``:   {},
	} {
		if got := StampOf(value(t, text)); got != want {
			t.Errorf("%s: got %+v, want %+v", text, got, want)
		}
	}
}

func TestWithStampWritesNullWhileLive(t *testing.T) {
	row := value(t, `{"id":"a","_version":1,"_deleted":true}`)
	live := WithStamp(row, Stamp{Version: 2, ChangedAt: 5})
	wantText(t, "live", live, `{"id":"a","_version":2,"_deleted":null,"_lastChangedAt":5}`)
	dead := WithStamp(value(t, `{"id":"a"}`), Stamp{Version: 3, ChangedAt: 6, Deleted: true})
	wantText(t, "tombstone", dead, `{"id":"a","_version":3,"_lastChangedAt":6,"_deleted":true}`)
	if got := StampOf(dead); got != (Stamp{3, 6, true}) {
		t.Errorf("read back: %+v", got)
	}
}

func TestReplaces(t *testing.T) {
	cases := []struct {
		name            string
		known, incoming Stamp
		want            bool
	}{
		{"nothing known", Stamp{}, Stamp{1, 10, false}, true},
		{"next version", Stamp{1, 10, false}, Stamp{2, 11, false}, true},
		{"next version in the same millisecond", Stamp{1, 10, false}, Stamp{2, 10, false}, true},
		{"the same row", Stamp{2, 11, false}, Stamp{2, 11, false}, false},
		{"an older row", Stamp{2, 11, false}, Stamp{1, 10, false}, false},
		{"an older row of the same millisecond", Stamp{2, 11, false}, Stamp{1, 11, false}, false},
		{"a new life after a purged tombstone", Stamp{3, 11, true}, Stamp{1, 50, false}, true},
		{"a new life that reached the same version", Stamp{1, 11, false}, Stamp{1, 50, false}, true},
	}
	for _, c := range cases {
		if got := Replaces(c.known, c.incoming); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

// FuzzStampOf: what is read from the end is what the fields say.
func FuzzStampOf(f *testing.F) {
	f.Add(`{"id":"a","_version":4,"_lastChangedAt":17,"_deleted":true}`)
	f.Add(`{"in":[{"a":1,"_version":4,"_lastChangedAt":17,"_deleted":null}]}`)
	f.Add(`{"a":"x,","_version":999999999999999999,"_lastChangedAt":0,"_deleted":false}`)
	f.Fuzz(func(t *testing.T, text string) {
		row, err := record.Parse([]byte(text))
		if err != nil || row.Kind() != record.Object || len(record.Names(row)) != row.Len() {
			return
		}
		seen := map[string]bool{}
		for _, name := range record.Names(row) {
			if seen[name] {
				return // which of two fields of one name counts is nobody's promise
			}
			seen[name] = true
		}
		if stamp, ok := stampAtEnd(row.Text()); ok {
			var want Stamp
			want.Version, _ = row.Field(VersionField).Int()
			want.ChangedAt, _ = row.Field(ChangedAtField).Int()
			want.Deleted = row.Field(DeletedField).Bool()
			if stamp != want {
				t.Errorf("%s: %+v, want %+v", text, stamp, want)
			}
		}
	})
}
