package sync

import (
	"slices"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/app"
	"github.com/deltabase/deltabase/sync/ask"
	"github.com/deltabase/deltabase/sync/config"
)

// The order of multi-auth: by what a rule allows, then by who vouches for the caller.
var (
	ruleOrder     = []string{"custom", "owner", "groups", "private", "public"}
	providerOrder = []string{config.ModeFunction, config.ModeUserPools, config.ModeOIDC, config.ModeIAM, config.ModeAPIKey}
)

// defaultMode is the mode of everything that has no other: defaultAuthMode, else apiKey when there
// is one, else the first that a page has a provider for.
func (e *Engine) defaultMode() string {
	switch {
	case e.setup.Config().DefaultAuthMode != "":
		return e.setup.Config().DefaultAuthMode
	case e.setup.Config().APIKey != "":
		return config.ModeAPIKey
	}
	for _, mode := range config.ProvidedModes {
		if e.auth.declared[mode] {
			return mode
		}
	}
	return config.ModeNone
}

// modesFor lists the modes by which an operation (create, read, update, delete) on a model may
// be tried, in order; there is at least one.
func (e *Engine) modesFor(model *schema.Model, operation string) []string {
	var list []string
	switch {
	case e.setup.Config().AuthModes != nil:
		list = e.setup.Config().AuthModes[model.Name][operation]
	case e.setup.Config().MultiAuth:
		list = ruleModes(model, operation)
	}
	if len(list) == 0 {
		list = []string{e.defaultMode()}
	}
	return list
}

// ruleModes are the modes of the auth rules that speak of an operation.
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

// modeFor chooses the mode of the next attempt: the one that worked in this session, else the
// first in order that was not refused and that somebody has credentials for. "" when all were
// refused.
func (e *Engine) modeFor(model *schema.Model, operation string, tried []string) string {
	list := e.modesFor(model, operation)
	if worked := e.auth.worked[model.Name+" "+operation]; worked != "" && slices.Contains(list, worked) &&
		!slices.Contains(tried, worked) && !e.auth.of(worked).absent {
		return worked
	}
	for i, mode := range list {
		if slices.Contains(tried, mode) {
			continue
		}
		c := e.auth.of(mode)
		if c.state == credentialsUnknown && !c.absent && len(list) > 1 {
			e.haveCredentials(mode) // may find out at once that nobody has any
		}
		if !c.absent {
			for _, absent := range list[:i] {
				e.auth.of(absent).stoodIn = e.auth.of(absent).absent
			}
			return mode
		}
	}
	if len(tried) > 0 {
		return ""
	}
	return list[0] // it waits for somebody to sign in
}

// modeOfMutation is modeFor for a queued change.
func (e *Engine) modeOfMutation(m *store.Mutation) string {
	model := e.setup.Schema().Model(m.Key.Model)
	if model == nil || !e.setup.Config().MultiAuth && e.setup.Config().AuthModes == nil {
		return e.defaultMode()
	}
	return e.modeFor(model, string(m.Operation), e.auth.tried[m.ID])
}

// mayTravel chooses the mode of a mutation and reports whether it can go by it now. One that must
// be looked up first also needs the credentials of a read.
func (e *Engine) mayTravel(m *store.Mutation, lookedUp bool) (mode string, ok bool) {
	mode = e.modeOfMutation(m)
	if !e.haveCredentials(mode) {
		e.authPaused(mode, "mutate")
		return mode, false
	}
	if !e.sentByOwner(m, mode) {
		return mode, false
	}
	if lookedUp {
		reading := e.modeFor(e.setup.Schema().Model(m.Key.Model), config.OperationRead, nil)
		if !e.haveCredentials(reading) {
			e.authPaused(reading, "mutate")
			return mode, false
		}
	}
	return mode, true
}

// nextMode reports whether a refused mutation can be tried by another mode, and remembers that.
func (e *Engine) nextMode(m *store.Mutation, mode string) bool {
	tried := append(e.auth.tried[m.ID], mode)
	if model := e.setup.Schema().Model(m.Key.Model); model == nil || e.modeFor(model, string(m.Operation), tried) == "" {
		delete(e.auth.tried, m.ID)
		return false
	}
	e.auth.tried[m.ID] = tried
	return true
}

// modeWorked remembers by which mode an operation was allowed.
func (e *Engine) modeWorked(model, operation, mode string) {
	e.auth.worked[model+" "+operation] = mode
}

// authCause says why a queued change does not travel, when its mode is paused.
func (e *Engine) authCause(m *store.Mutation) *store.Cause {
	modes := []string{e.modeOfMutation(m)}
	if model := e.setup.Schema().Model(m.Key.Model); model != nil && e.unsure(m) {
		modes = append(modes, e.modeFor(model, config.OperationRead, nil))
	}
	for _, mode := range modes {
		if !e.owns(m, mode) && e.auth.of(mode).state == credentialsReady {
			return somebodyElses()
		}
		if c := e.auth.modes[mode]; c != nil && c.state == credentialsPaused && e.setup.Config().Endpoint != "" {
			return &store.Cause{Code: app.CodeUnauthorized, Message: c.reason}
		}
	}
	return nil
}

// unsure reports a mutation that must be looked up before it is sent again (rule 2).
func (e *Engine) unsure(m *store.Mutation) bool {
	return m.State == store.Sent && e.serverIsPlain() && !e.push.verified[m.ID]
}

// useProviders notes which modes a tab can give tokens for. New ones may change by whom
// everything is done, so network work then begins anew.
func (e *Engine) useProviders(t *ask.Tab, providers []string) {
	before := e.defaultMode()
	added := false
	t.Providers = nil
	for _, mode := range providers {
		if !slices.Contains(config.ProvidedModes, mode) {
			continue
		}
		t.Providers = append(t.Providers, mode)
		added = added || !e.auth.declared[mode]
		e.auth.declared[mode] = true
	}
	if added && (e.defaultMode() != before || e.setup.Config().MultiAuth || e.setup.Config().AuthModes != nil) {
		e.resetAuth()
		e.reconnect()
		return
	}
	for _, c := range e.auth.list {
		if c.state == credentialsAsked && e.tokens.With(c.mode) == t.Name { // its provider may be another one now
			e.tokens.Retract(c.mode)
			e.askToken(c)
		}
	}
	e.wakeModes()
}

// resetAuth forgets all credentials, and which modes worked.
func (e *Engine) resetAuth() {
	for _, c := range e.auth.list {
		e.tokens.Close(c.mode)
		e.clock.Forget("auth " + c.mode)
	}
	declared := e.auth.declared
	e.auth = newAuth()
	e.auth.declared = declared
}

// reconnect begins network work anew.
func (e *Engine) reconnect() {
	if e.phase == ready && e.running {
		e.disconnect()
		e.connect()
	}
}

// refusesCredentials reports errors about the credentials themselves, as opposed to what they
// allow: a fresh token may help.
func refusesCredentials(errors []appsync.Error) (message string, yes bool) {
	for _, err := range errors {
		if err.Type != appsync.Unauthorized && isUnauthorized(err.Type) {
			return err.Message, true
		}
	}
	return "", false
}
