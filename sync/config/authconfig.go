package config

import (
	"slices"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/app"
)

const modeList = "'none', 'apiKey', 'userPools', 'oidc', 'function' or 'iam'"

func isMode(name string) bool { return name == ModeNone || slices.Contains(ProvidedModes, name) }

// strategyOperations are the operations that an auth mode strategy has lists for.
var strategyOperations = []string{"create", OperationRead, "update", "delete"}

// setStrategy reads authModeStrategy: 'default', 'multiAuth', or the lists of modes that the app's own function gave
// for each model and operation. The default mode is used for a model or operation without a list.
func (c *Config) setStrategy(s *schema.Schema, v record.Value) *app.Error {
	switch v.Str() {
	case "default":
		return nil
	case "multiAuth":
		c.MultiAuth = true
		return nil
	}
	if v.Kind() != record.Object {
		return invalidConfig("authModeStrategy must be 'default', 'multiAuth' or a function.")
	}
	c.AuthModes = map[string]map[string][]string{}
	var problem *app.Error
	v.Fields(func(name string, operations record.Value) bool {
		if s.Model(name) == nil {
			problem = invalidConfig("authModeStrategy names the model " + strconv.Quote(name) +
				", which the schema does not have.")
			return false
		}
		if operations.Kind() != record.Object {
			_, problem = modesIn(name, "all of", operations)
			return false
		}
		c.AuthModes[name] = map[string][]string{}
		operations.Fields(func(operation string, modes record.Value) bool {
			c.AuthModes[name][operation], problem = modesIn(name, operation, modes)
			return problem == nil
		})
		return problem == nil
	})
	return problem
}

// modesIn reads a list of modes, without repetitions.
func modesIn(model, operation string, v record.Value) (modes []string, problem *app.Error) {
	wrong := invalidConfig("authModeStrategy gave something else than auth modes to " + operation + " " + model +
		". The modes are " + modeList + ".")
	if v.Kind() != record.List || !slices.Contains(strategyOperations, operation) {
		return nil, wrong
	}
	v.Elements(func(_ int, mode record.Value) bool {
		if !isMode(mode.Str()) {
			problem = wrong
			return false
		}
		if !slices.Contains(modes, mode.Str()) {
			modes = append(modes, mode.Str())
		}
		return true
	})
	return modes, problem
}
