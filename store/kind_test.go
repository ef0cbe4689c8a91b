package store

import "testing"

func TestKindsOfLogRows(t *testing.T) {
	for _, one := range []struct {
		kind Kind
		text string
	}{{Local, "local"}, {Opening, "opening"}, {Rebuilding, "rebuilding"}, {Page, "page"}, {Folding, "folding"},
		{Opening | Page, "opening+page"}, {Opening | Rebuilding, "opening+rebuilding"}} {
		if one.kind.String() != one.text {
			t.Errorf("%d is written as %q, want %q", one.kind, one.kind.String(), one.text)
		}
		for _, name := range []string{"", "open", "rebuild", "fold", "apply page"} { // a name decides nothing
			c, err := DecodeCommit(EncodeCommit(&Commit{Seq: 1, Kind: one.kind, Name: name}))
			if err != nil || c.Kind != one.kind || c.Name != name {
				t.Errorf("%s named %q comes back as %v %q: %v", one.text, name, c.Kind, c.Name, err)
			}
		}
	}
	if c, err := DecodeCommit(sealed(`"seq":1,"kind":"page+later"`)); err != nil || c.Kind != Page {
		t.Errorf("with a kind of a later release: %v %v", c, err)
	}
}

// TestKindsOfEarlierLogRows: releases before kinds told opening rows by their names.
func TestKindsOfEarlierLogRows(t *testing.T) {
	for name, want := range map[string]Kind{"open": Opening, "rebuild": Opening, "open, save+outbox": Opening, "open, rebuild": Opening,
		"apply page": Local, "open epoch": Local, "save+outbox": Local, "": Local} {
		if c, err := DecodeCommit(sealed(`"seq":1,"name":"` + name + `"`)); err != nil || c.Kind != want {
			t.Errorf("%q: %v %v", name, c, err)
		}
	}
}

func TestGroupsAreOfAllKinds(t *testing.T) {
	c := &Commit{Name: "save+outbox"}
	c.Merge(&Commit{Kind: Page, Name: "apply page"})
	c.Merge(&Commit{Name: "acknowledge"})
	if c.Kind != Page {
		t.Errorf("the group is of kind %v", c.Kind)
	}
}
