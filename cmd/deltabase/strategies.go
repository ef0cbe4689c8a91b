package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/server/function"
)

// conflictResolution reads the strategies: a name, or, for a function,
// {"strategy": "LAMBDA", "function": "functions/resolve.js"}.
func (r *configReader) conflictResolution(at string, v record.Value) {
	r.object(at, v, map[string]func(string, record.Value){
		"project": func(at string, v record.Value) { r.config.strategy, r.config.function = r.strategy(at, v) },
		"models": func(at string, v record.Value) {
			if v.Kind() != record.Object {
				r.wrong("%q must be an object of model names and strategies", at)
				return
			}
			r.config.strategies, r.config.functions = map[string]conflict.Strategy{}, map[string]string{}
			v.Fields(func(name string, value record.Value) bool {
				r.config.strategies[name], r.config.functions[name] = r.strategy(at+"."+name, value)
				return true
			})
		},
	})
}

func (r *configReader) strategy(at string, v record.Value) (strategy conflict.Strategy, function string) {
	if v.Kind() == record.Object {
		r.object(at, v, map[string]func(string, record.Value){
			"strategy": func(at string, v record.Value) { strategy = conflict.Strategy(r.text(at, v)) },
			"function": func(at string, v record.Value) { function = r.text(at, v) },
		})
	} else {
		strategy = conflict.Strategy(r.text(at, v))
	}
	switch strategy {
	case conflict.Automerge, conflict.Optimistic, conflict.None:
		if function != "" {
			r.wrong("%q: only LAMBDA has a function; remove it, or write \"strategy\": \"LAMBDA\"", at)
		}
	case conflict.Lambda:
		if function == "" {
			r.wrong(`%q: Invalid Lambda SyncConfig: LAMBDA needs a function; write {"strategy": "LAMBDA", "function": "functions/resolve.js"}`, at)
		}
	case "":
		if v.Kind() == record.Object && !v.Field("strategy").Exists() {
			r.wrong(`%q has no "strategy"; write one of %s`, at, strategyNames)
		}
	default:
		r.wrong("%q: there is no strategy %q; write %s", at, string(strategy), strategyNames)
	}
	return strategy, function
}

const strategyNames = "AUTOMERGE, OPTIMISTIC_CONCURRENCY, LAMBDA or NONE"

// childCommand is the hidden command that runs functions in a process of their own.
const childCommand = "run-functions"

func functionsCommand() *cobra.Command {
	return &cobra.Command{
		Use: childCommand, Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return function.Serve(os.Stdin, os.Stdout) },
	}
}

// openFunctions makes the runner of the configured conflict functions and loads each of them once,
// so that a mistake is told at the start and not at the first conflict.
func openFunctions(ctx context.Context, c *config, log *slog.Logger) (*function.Runner, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("this program cannot find itself, which it needs for conflict functions: %w", err)
	}
	runner := function.New(function.Options{
		Folder: filepath.Dir(c.file), Child: []string{program, childCommand}, Log: log,
	})
	names := map[string]bool{}
	if c.function != "" {
		names[c.function] = true
	}
	for _, name := range c.functions {
		if name != "" {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if err := runner.Check(ctx, name); err != nil {
			runner.Close()
			return nil, fmt.Errorf("%s: the conflict function %w", c.file, err)
		}
	}
	return runner, nil
}
