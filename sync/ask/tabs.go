package ask

import "slices"

// Tab is a page that talks to this engine. The engine learns with its start whether it has a conflictHandler (rule 4).
type Tab struct {
	Name       string
	Configured bool
	Started    bool
	Handler    bool
	Migrates   bool
	Providers  []string // auth modes for which it can give tokens
}

// Tabs are the tabs that are open, in the order in which they joined.
type Tabs struct{ list []*Tab }

// All lists them.
func (t *Tabs) All() []*Tab { return t.list }

// Find is nil for a tab that is not there.
func (t *Tabs) Find(name string) *Tab {
	for _, one := range t.list {
		if one.Name == name {
			return one
		}
	}
	return nil
}

// Join finds a tab, or adds it.
func (t *Tabs) Join(name string) *Tab {
	if one := t.Find(name); one != nil {
		return one
	}
	one := &Tab{Name: name}
	t.list = append(t.list, one)
	return one
}

// Leave removes a tab.
func (t *Tabs) Leave(name string) {
	t.list = slices.DeleteFunc(t.list, func(one *Tab) bool { return one.Name == name })
}

// AnyStarted reports whether some tab has started and not stopped.
func (t *Tabs) AnyStarted() bool { return t.any(func(one *Tab) bool { return true }) }

// Unhandled reports whether some started tab has no conflictHandler.
func (t *Tabs) Unhandled() bool { return t.any(func(one *Tab) bool { return !one.Handler }) }

func (t *Tabs) any(is func(*Tab) bool) bool {
	return slices.ContainsFunc(t.list, func(one *Tab) bool { return one.Started && is(one) })
}
