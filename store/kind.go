package store

import "strings"

// Kind says what a transaction is, where code depends on that. Its name is only for people and for fault injection. A
// group commit has the kinds of all its members.
type Kind uint8

// Local is what the page did without fetching: saves, acknowledgements, decisions, cursors.
const Local Kind = 0

const (
	// Opening takes the database over. Its place in the log stays taken, so that a writer that was replaced collides.
	Opening Kind = 1 << iota
	// Rebuilding writes everything anew after the database was deleted. It takes the database over as well.
	Rebuilding
	// Page holds rows of a sync page. When there is no room for them, they can be fetched again.
	Page
	// Folding moves rows from the log into pages. It leaves no row in the log.
	Folding
)

var kindNames = []struct {
	kind Kind
	name string
}{{Opening, "opening"}, {Rebuilding, "rebuilding"}, {Page, "page"}, {Folding, "folding"}}

// Has reports whether one of the kinds of k is one of other's.
func (k Kind) Has(other Kind) bool { return k&other != 0 }

// String joins the names of all kinds, as log rows have them: "opening+page".
func (k Kind) String() string {
	var names []string
	for _, known := range kindNames {
		if k.Has(known.kind) {
			names = append(names, known.name)
		}
	}
	if len(names) == 0 {
		return "local"
	}
	return strings.Join(names, "+")
}

// kindOf reads what String wrote, and ignores kinds that a later release has added.
func kindOf(text string) Kind {
	k := Local
	for name := range strings.SplitSeq(text, "+") {
		for _, known := range kindNames {
			if known.name == name {
				k |= known.kind
			}
		}
	}
	return k
}

// kindOfEarlier is the kind of a log row from a release whose log rows had only names.
func kindOfEarlier(name string) Kind {
	if NamedLike(name, openingName) || name == rebuildName {
		return Opening
	}
	return Local
}
