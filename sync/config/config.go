package config

import (
	"hash/fnv"
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/query"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/app"
)

// Config is what an app sets. With an empty Endpoint nothing is synced.
type Config struct {
	Endpoint        string            // http(s)://host/graphql
	APIKey          string            // credentials of the auth mode apiKey
	User            string            // the user whom this database belongs to, "" for none in particular
	ConflictDefault conflict.Decision // the decision without a conflictHandler; retryLocal unless set
	SyncMaxRecords  int               // records per model and run
	SyncPageSize    int               // records per page
	SyncIntervalMs  int64             // a base run comes at least this often
	expressions     map[string]expression
	Validate        schema.Strictness
	DefaultAuthMode string                         // "" chooses it by the credentials that there are, see DefaultMode
	MultiAuth       bool                           // chooses modes by the auth rules of each model
	AuthModes       map[string]map[string][]string // modes by model and operation, from the app's own strategy

	text     string // all settings that network work depends on; when the text differs, that work begins anew
	authText string // the settings that credentials depend on
}

// expression is the sync expression of one model: which records are pulled.
type expression struct {
	filter    record.Value // identifies the expression: its filter, or the filter's hash
	sent      record.Value // the part that a server can evaluate
	whole     bool         // sent is all of it; otherwise the engine evaluates the rest
	predicate *query.Predicate
}

// Parse reads the settings of configure(), each of which may be null or left out:
//
//	endpoint           http or https address; without it everything stays local
//	apiKey             text
//	user               text; who the local database belongs to
//	conflictDefault    'retryLocal' (default) or 'applyRemote'
//	syncMaxRecords     records per model and run, 1 to 2147483647 (10000); or maxRecordsToSync
//	syncPageSize       records per page, 1 to 1000 (1000)
//	syncInterval       seconds between base runs, 1 to 3153600000 (86400); or fullSyncInterval in minutes
//	syncExpressions    {Model: filter}
//	validate           'strict' (default), as the server checks values, or 'loose', as Amplify does
//	defaultAuthMode    'none', 'apiKey', 'userPools', 'oidc', 'function' or 'iam'
//	authModeStrategy   'default', 'multiAuth', or {Model: {create, read, update, delete: [modes]}}
//
// Anything else is the error invalid_config, which names the setting and what it may be.
func Parse(s *schema.Schema, settings record.Value) (*Config, *app.Error) {
	c := &Config{
		ConflictDefault: conflict.RetryLocal,
		SyncMaxRecords:  syncRecordsDefault,
		SyncPageSize:    syncPageRowsDefault,
		SyncIntervalMs:  syncIntervalSeconds * 1000,
		expressions:     map[string]expression{},
		Validate:        schema.Strict,
	}
	if settings.IsNull() {
		return c, nil
	}
	if settings.Kind() != record.Object {
		return nil, invalidConfig("The settings must be an object.")
	}
	var problem *app.Error
	settings.Fields(func(name string, v record.Value) bool {
		if !v.IsNull() {
			problem = c.set(s, name, v)
		}
		return problem == nil
	})
	if problem == nil {
		problem = doublyNamed(settings)
	}
	if problem != nil {
		return nil, problem
	}
	c.authText = settings.Field("apiKey").String() + settings.Field("defaultAuthMode").String() +
		settings.Field("authModeStrategy").String()
	c.text = c.Endpoint + c.authText + settings.Field("syncExpressions").String()
	return c, nil
}

// doublyNamed refuses a setting that is given under both of its names.
func doublyNamed(settings record.Value) *app.Error {
	both := func(a, b string) bool { return !settings.Field(a).IsNull() && !settings.Field(b).IsNull() }
	switch {
	case both("syncInterval", "fullSyncInterval"):
		return invalidConfig("Set either syncInterval (seconds) or fullSyncInterval (minutes), not both.")
	case both("syncMaxRecords", "maxRecordsToSync"):
		return invalidConfig("Set either syncMaxRecords or maxRecordsToSync (records per model), not both.")
	}
	return nil
}

func (c *Config) set(s *schema.Schema, name string, v record.Value) *app.Error {
	switch name {
	case "endpoint":
		return c.setEndpoint(v)
	case "apiKey":
		if v.Str() == "" {
			return invalidConfig("apiKey must be a text that is not empty.")
		}
		c.APIKey = v.Str()
	case "user":
		if v.Str() == "" {
			return invalidConfig("user must be a text that is not empty.")
		}
		c.User = v.Str()
	case "conflictDefault":
		c.ConflictDefault = conflict.Decision(v.Str())
		if c.ConflictDefault != conflict.RetryLocal && c.ConflictDefault != conflict.ApplyRemote {
			return invalidConfig("conflictDefault must be 'retryLocal' or 'applyRemote'.")
		}
	case "syncMaxRecords", "maxRecordsToSync":
		n, problem := positive(name, "records per model", v, 1<<31-1)
		c.SyncMaxRecords = int(n)
		return problem
	case "syncPageSize":
		n, problem := positive(name, "records per page", v, syncPageRowsMax)
		c.SyncPageSize = int(n)
		return problem
	case "syncInterval":
		n, problem := positive(name, "seconds", v, secondsMax)
		c.SyncIntervalMs = n * 1000
		return problem
	case "fullSyncInterval":
		n, problem := positive(name, "minutes", v, secondsMax/60)
		c.SyncIntervalMs = n * 60_000
		return problem
	case "defaultAuthMode":
		c.DefaultAuthMode = v.Str()
		if !isMode(c.DefaultAuthMode) {
			return invalidConfig("defaultAuthMode must be " + modeList + ".")
		}
	case "authModeStrategy":
		return c.setStrategy(s, v)
	case "validate":
		if c.Validate = schema.Strict; v.Str() == "loose" {
			c.Validate = schema.Loose
		} else if v.Str() != "strict" {
			return invalidConfig("validate must be 'strict' or 'loose'.")
		}
	case "syncExpressions":
		return c.setExpressions(s, v)
	default:
		return invalidConfig("There is no setting " + strconv.Quote(name) + ". Remove it or correct its name.")
	}
	return nil
}

func (c *Config) setEndpoint(v record.Value) *app.Error {
	c.Endpoint = v.Str()
	if HostOf(c.Endpoint) == "" {
		return invalidConfig("endpoint must be an http or https address such as https://api.example.com/graphql.")
	}
	return nil
}

func (c *Config) setExpressions(s *schema.Schema, v record.Value) *app.Error {
	if v.Kind() != record.Object {
		return invalidConfig("syncExpressions must be an object of filters by model name.")
	}
	var problem *app.Error
	v.Fields(func(name string, filter record.Value) bool {
		m := s.Model(name)
		if m == nil {
			problem = invalidConfig("syncExpressions names the model " + strconv.Quote(name) +
				", which the schema does not have.")
			return false
		}
		p, err := query.Parse(m, filter, query.Client)
		if err != nil {
			problem = invalidConfig("The sync expression of " + name + " is not valid: " + err.Error())
			return false
		}
		if p != nil {
			c.expressions[name] = newExpression(s, p)
		}
		return true
	})
	return problem
}

func newExpression(s *schema.Schema, p *query.Predicate) expression {
	x := expression{predicate: p}
	x.sent, x.whole = p.Sendable(s)
	if x.filter = x.sent; !x.whole {
		h := fnv.New64a()
		h.Write(p.Filter().Text())
		x.filter = record.OfString(strconv.FormatUint(h.Sum64(), 16))
	}
	return x
}

// SentFilter is the filter that goes with requests for a model's rows, Missing for none. whole says that the server
// then gives no row outside of the sync expression.
func (c *Config) SentFilter(model string) (filter record.Value, whole bool) {
	x, scoped := c.expressions[model]
	return x.sent, x.whole || !scoped
}

// positive reads a whole number from 1 to most; unit is for the message.
func positive(name, unit string, v record.Value, most int64) (int64, *app.Error) {
	n, exact := v.Int()
	if v.Kind() != record.Number || !exact || n < 1 || n > most {
		return 0, invalidConfig(name + " must be a whole number of " + unit + " from 1 to " +
			strconv.FormatInt(most, 10) + ".")
	}
	return n, nil
}

func invalidConfig(message string) *app.Error { return app.NewError(app.CodeInvalidConfig, message) }

// HostOf returns host[:port] of an http(s) address, "" when the address is not one.
func HostOf(address string) string {
	rest := ""
	switch {
	case len(address) > 8 && address[:8] == "https://":
		rest = address[8:]
	case len(address) > 7 && address[:7] == "http://":
		rest = address[7:]
	}
	for i := 0; i < len(rest); i++ {
		if rest[i] == '/' || rest[i] == '?' || rest[i] == '#' {
			return rest[:i]
		}
	}
	return rest
}

// OutOfScope reports whether a model's sync expression leaves a row out.
func (c *Config) OutOfScope(model *schema.Model, row record.Value) bool {
	scope, ok := c.expressions[model.Name]
	return ok && !scope.predicate.Match(row)
}

// FilterOf identifies the sync expression of a model: its filter, or the filter's hash; Missing for none.
func (c *Config) FilterOf(model string) record.Value { return c.expressions[model].filter }

// Scoped reports whether a model has a sync expression.
func (c *Config) Scoped(model string) bool {
	_, ok := c.expressions[model]
	return ok
}

// SameWork reports whether network work can go on unchanged under another configuration.
func (c *Config) SameWork(other *Config) bool { return other != nil && c.text == other.text }

// SameAuth reports whether credentials stay valid under another configuration.
func (c *Config) SameAuth(other *Config) bool { return other != nil && c.authText == other.authText }
