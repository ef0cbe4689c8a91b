package auth

import (
	"slices"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/config"
)

// The order of multi-auth: first by what a rule allows, then by the provider of the credentials.
var (
	ruleOrder     = []string{"custom", "owner", "groups", "private", "public"}
	providerOrder = []string{config.ModeFunction, config.ModeUserPools, config.ModeOIDC, config.ModeIAM, config.ModeAPIKey}
)

// DefaultMode is the mode for models and operations that have no other: defaultAuthMode if it is set, else apiKey if a
// key is set, else the first mode that a page has a provider for.
func (a *Auth) DefaultMode() string {
	switch {
	case a.setup.Config.DefaultAuthMode != "":
		return a.setup.Config.DefaultAuthMode
	case a.setup.Config.APIKey != "":
		return config.ModeAPIKey
	}
	for _, mode := range config.ProvidedModes {
		if a.declared[mode] {
			return mode
		}
	}
	return config.ModeNone
}

// ModesFor lists the modes to try for an operation (create, read, update, delete) on a model, in order. The list is
// never empty.
func (a *Auth) ModesFor(model *schema.Model, operation string) []string {
	var list []string
	switch {
	case a.setup.Config.AuthModes != nil:
		list = a.setup.Config.AuthModes[model.Name][operation]
	case a.setup.Config.MultiAuth:
		list = ruleModes(model, operation)
	}
	if len(list) == 0 {
		list = []string{a.DefaultMode()}
	}
	return list
}

// ruleModes lists the modes of the auth rules that apply to an operation.
func ruleModes(model *schema.Model, operation string) []string {
	var list []string
	for _, allow := range ruleOrder {
		for _, provider := range providerOrder {
			for i := range model.Auth {
				rule := &model.Auth[i]
				if rule.Allow == allow && rule.Provider == provider && ruleCovers(rule, operation) &&
					!slices.Contains(list, provider) {
					list = append(list, provider)
				}
			}
		}
	}
	return list
}

func ruleCovers(rule *schema.AuthRule, operation string) bool {
	return slices.ContainsFunc(rule.Operations, func(named string) bool {
		switch named {
		case "get", "list", "sync", "listen":
			return operation == config.OperationRead
		}
		return named == operation
	})
}

// ModeFor chooses the mode of the next attempt: the one that worked in this session, else the first in order that was
// not refused and has credentials. It is "" when all were refused.
func (a *Auth) ModeFor(model *schema.Model, operation string, tried []string) string {
	list := a.ModesFor(model, operation)
	if worked := a.worked[model.Name+" "+operation]; worked != "" && slices.Contains(list, worked) &&
		!slices.Contains(tried, worked) && !a.of(worked).absent {
		return worked
	}
	for i, mode := range list {
		if slices.Contains(tried, mode) {
			continue
		}
		c := a.of(mode)
		if c.state == credentialsUnknown && !c.absent && len(list) > 1 {
			a.Have(mode) // finds out at once when no page has credentials for it
		}
		if !c.absent {
			for _, absent := range list[:i] {
				a.of(absent).stoodIn = a.of(absent).absent
			}
			return mode
		}
	}
	if len(tried) > 0 {
		return ""
	}
	return list[0] // the change waits until somebody signs in
}

// ModeOf is ModeFor for a queued change.
func (a *Auth) ModeOf(m *store.Mutation) string {
	model := a.setup.Schema.Model(m.Key.Model)
	if model == nil || !a.setup.Config.MultiAuth && a.setup.Config.AuthModes == nil {
		return a.DefaultMode()
	}
	return a.ModeFor(model, string(m.Operation), a.tried[m.ID])
}

// MayTravel chooses the mode of a mutation and reports whether the mutation can go by it now. A mutation that must be
// looked up first also needs credentials for the read.
func (a *Auth) MayTravel(m *store.Mutation, lookedUp bool) (mode string, ok bool) {
	mode = a.ModeOf(m)
	if !a.Have(mode) {
		a.Paused(mode, "mutate")
		return mode, false
	}
	if !a.sentByOwner(m, mode) {
		return mode, false
	}
	if lookedUp {
		reading := a.ModeFor(a.setup.Schema.Model(m.Key.Model), config.OperationRead, nil)
		if !a.Have(reading) {
			a.Paused(reading, "mutate")
			return mode, false
		}
	}
	return mode, true
}

// NextMode notes that a mutation was refused by its mode, and reports whether another mode is left to try.
func (a *Auth) NextMode(m *store.Mutation, mode string) bool {
	tried := append(a.tried[m.ID], mode)
	if model := a.setup.Schema.Model(m.Key.Model); model == nil || a.ModeFor(model, string(m.Operation), tried) == "" {
		delete(a.tried, m.ID)
		return false
	}
	a.tried[m.ID] = tried
	return true
}

// ModeWorked remembers the mode by which the server allowed an operation.
func (a *Auth) ModeWorked(model, operation, mode string) {
	a.worked[model+" "+operation] = mode
}

// Cause says that a queued change waits because its mode is paused; nil if that is not so. unsure says that the change
// must be read before it is sent, so the mode of the read counts as well.
func (a *Auth) Cause(m *store.Mutation, unsure bool) *store.Cause {
	modes := []string{a.ModeOf(m)}
	if model := a.setup.Schema.Model(m.Key.Model); model != nil && unsure {
		modes = append(modes, a.ModeFor(model, config.OperationRead, nil))
	}
	for _, mode := range modes {
		if !a.owns(m, mode) && a.of(mode).state == credentialsReady {
			return SomebodyElses()
		}
		if c := a.modes[mode]; c != nil && c.state == credentialsPaused && a.setup.Config.Endpoint != "" {
			return &store.Cause{Code: app.CodeUnauthorized, Message: c.reason}
		}
	}
	return nil
}

// UseProviders notes for which modes a tab can give tokens. New providers may change the modes of all requests, so
// network work then begins anew.
func (a *Auth) UseProviders(t *ask.Tab, providers []string) {
	before := a.DefaultMode()
	added := false
	t.Providers = nil
	for _, mode := range providers {
		if !slices.Contains(config.ProvidedModes, mode) {
			continue
		}
		t.Providers = append(t.Providers, mode)
		added = added || !a.declared[mode]
		a.declared[mode] = true
	}
	if added && (a.DefaultMode() != before || a.setup.Config.MultiAuth || a.setup.Config.AuthModes != nil) {
		a.Reset()
		a.host.Reconnect()
		return
	}
	for _, c := range a.list {
		if c.state == credentialsAsked && a.tokens.With(c.mode) == t.Name { // the tab may have another provider now
			a.tokens.Retract(c.mode)
			a.askToken(c)
		}
	}
	a.Wake()
}

// Reset forgets all credentials, and which modes worked.
func (a *Auth) Reset() {
	for _, c := range a.list {
		a.tokens.Close(c.mode)
		a.clock.Forget("auth " + c.mode)
	}
	a.begin()
}
