// Package server is the authority: it serves AppSync's GraphQL API over versioned tables, with a delta log, page
// tokens, cursors and subscriptions. It is synchronous and has no network, timers or goroutines. Hosts provide those
// (server/http natively), so that the same core runs everywhere.
package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/formatter"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/server/form"
)

// Options of a server. The zero value refuses every caller: it has no API keys.
type Options struct {
	APIKeys []string
	// Sandbox lets API keys use models without an @auth rule. AppSync refuses that.
	Sandbox bool
	// Conflict strategies of the project (default AUTOMERGE), and by model name.
	Strategy   conflict.Strategy
	Strategies map[string]conflict.Strategy
	// Names of the conflict functions for strategy LAMBDA, of the project and by model name. Only the host interprets
	// them (NeedDecision.Function).
	Function  string
	Functions map[string]string

	// Unversioned names models whose updates and deletes may leave out _version. Such a change is made on top of the
	// current row, so the last writer wins. For other models the server refuses it with the current row, or calls the
	// conflict function.
	Unversioned []string

	DeltaTTLMinutes     int // how long the delta log reaches back; default 30
	TombstoneTTLMinutes int // how long deletions and mutation ids are kept; default 43,200
	// Tokens verifies Authorization. Without it the server accepts only API keys.
	Tokens Tokens
	// Disturb, for development, is called before each update and delete. When it returns true, the record gets a new
	// version first, as if another client had changed it.
	Disturb func() bool
	// Introspection lets callers query the API schema, for development.
	Introspection bool
	// NewID makes record ids; default: random UUIDs (version 4).
	NewID func() string

	// Convert accepts a schema that the stored rows do not fit, if each of their values can be converted without loss.
	// The server then reads them in the new form at once, and Maintain rewrites them.
	Convert bool
	// Unfit accepts a schema that stored rows do not fit, and serves those rows as they are.
	Unfit bool
}

// most is how many rows of a model the server looks at before it answers; 0 for all.
func (o *Options) most() int64 {
	if o.Convert {
		return 0
	}
	return LookRowsMax
}

// Server answers GraphQL requests on one app's tables. It is safe for concurrent use.
type Server struct {
	schema      *schema.Schema
	tables      Tables
	options     Options
	api         *apiSchema
	documents   *documents
	persisted   *persisted
	indexes     *indexes
	forms       map[string]*form.Model // by model
	layout      atomic.Pointer[layout] // the one that was read last
	keys        [][sha256.Size]byte
	unversioned map[string]bool            // models
	named       map[string]map[string]bool // by model: namedFields
	guarded     map[string][]*schema.Field // by model: guardedFields
	log         namedLog
	uncounted   atomic.Int64 // ms that the server has run and no note includes yet
}

// ConfigError says which option is wrong, and what to write instead.
type ConfigError struct{ Option, Reason string }

func (e *ConfigError) Error() string { return e.Option + ": " + e.Reason }

// New makes a server. The schema must not change afterwards; the caller closes the tables. New fails with a
// *SchemaError, unless the options say otherwise, when stored rows do not fit the schema, or when there are too many to
// be looked at and it is not known whether they fit. Maintain fills indexes that the tables do not have yet; until
// then, requests that need them read the rows.
func New(s *schema.Schema, options Options, tables Tables) (*Server, error) {
	if err := options.complete(s); err != nil {
		return nil, err
	}
	api, err := buildAPI(s)
	if err != nil {
		return nil, err
	}
	made := assemble(&Server{schema: s, api: api, documents: newDocuments(api.types, s.Unserved), persisted: newPersisted(), indexes: indexesOf(s), forms: formsOf(s)}, options, tables)
	return made, made.arrange()
}

// Again makes a server of the same schema with other options or tables. Both share what was compiled from the schema,
// and the documents that were validated.
func (s *Server) Again(options Options, tables Tables) (*Server, error) {
	if err := options.complete(s.schema); err != nil {
		return nil, err
	}
	made := assemble(&Server{schema: s.schema, api: s.api, documents: s.documents, persisted: s.persisted, indexes: s.indexes, forms: s.forms}, options, tables)
	return made, made.arrange()
}

func assemble(s *Server, options Options, tables Tables) *Server {
	s.options, s.tables = options, tables
	for _, key := range options.APIKeys {
		s.keys = append(s.keys, sha256.Sum256([]byte(key)))
	}
	s.unversioned = map[string]bool{}
	for _, name := range options.Unversioned {
		s.unversioned[name] = true
	}
	s.named, s.guarded = map[string]map[string]bool{}, map[string][]*schema.Field{}
	for _, m := range s.schema.Models {
		s.named[m.Name], s.guarded[m.Name] = namedFields(m), guardedFields(m)
	}
	return s
}

// complete fills in defaults and checks the other options.
func (o *Options) complete(s *schema.Schema) error {
	if o.Strategy == "" {
		o.Strategy = conflict.Automerge
	}
	if o.DeltaTTLMinutes == 0 {
		o.DeltaTTLMinutes = DeltaTTLMinutesDefault
	}
	if o.TombstoneTTLMinutes == 0 {
		o.TombstoneTTLMinutes = TombstoneTTLMinutesDefault
	}
	if o.NewID == nil {
		o.NewID = randomUUID
	}
	return o.check(s)
}

func (o *Options) check(s *schema.Schema) error {
	if o.DeltaTTLMinutes < 1 {
		return &ConfigError{"deltaTtlMinutes", "must be at least 1 minute"}
	}
	if o.TombstoneTTLMinutes < o.DeltaTTLMinutes {
		return &ConfigError{"tombstoneTtlMinutes",
			fmt.Sprintf("must not be less than deltaTtlMinutes (%d)", o.DeltaTTLMinutes)}
	}
	for i, key := range o.APIKeys {
		if key == "" {
			return &ConfigError{fmt.Sprintf("apiKeys[%d]", i), "is empty; write a key or leave it out"}
		}
	}
	return o.checkStrategies(s)
}

func (o *Options) checkStrategies(s *schema.Schema) error {
	if err := checkStrategy("conflictResolution.project", o.Strategy, o.Function); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Strategies)) {
		option := "conflictResolution.models." + name
		if s.Model(name) == nil {
			return &ConfigError{option, "the schema has no model of this name"}
		}
		if err := checkStrategy(option, o.Strategies[name], o.functionOf(name)); err != nil {
			return err
		}
	}
	return o.checkUnversioned(s)
}

func (o *Options) checkUnversioned(s *schema.Schema) error {
	for i, name := range o.Unversioned {
		if s.Model(name) == nil {
			return &ConfigError{fmt.Sprintf("unversioned[%d]", i), fmt.Sprintf("the schema has no model %q", name)}
		}
	}
	return nil
}

func checkStrategy(option string, strategy conflict.Strategy, function string) error {
	switch strategy {
	case conflict.Automerge, conflict.Optimistic, conflict.None:
		return nil
	case conflict.Lambda:
		if function == "" {
			return &ConfigError{option, "Invalid Lambda SyncConfig: LAMBDA needs the name of a conflict function"}
		}
		return nil
	}
	return &ConfigError{option, fmt.Sprintf("there is no strategy %q; write AUTOMERGE, OPTIMISTIC_CONCURRENCY, LAMBDA or NONE", strategy)}
}

func (s *Server) strategy(m *schema.Model) conflict.Strategy {
	if strategy, ok := s.options.Strategies[m.Name]; ok {
		return strategy
	}
	return s.options.Strategy
}

// functionOf names the conflict function of a model: its own, else the project's.
func (o *Options) functionOf(model string) string {
	if name := o.Functions[model]; name != "" {
		return name
	}
	return o.Function
}

// APISchema is the GraphQL schema of the models, as SDL: what AppSync would generate from them, and what a Server of
// the schema answers.
func APISchema(s *schema.Schema) (string, error) {
	api, err := buildAPI(s)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema(api.types)
	return text.String(), nil
}

// Told are the hints of the tables that another process has committed; nil when they give none.
func (s *Server) Told() <-chan struct{} {
	if tables, ok := s.tables.(Told); ok {
		return tables.Changes()
	}
	return nil
}

// tablesFor are the tables with the caller's place in the queue of a request.
func (s *Server) tablesFor(call Call) Tables { return s.tablesBeside(call, false) }

// tablesBeside are the tables for a request that may be heavy.
func (s *Server) tablesBeside(call Call, heavy bool) Tables {
	if queued, ok := s.tables.(Queued); ok && call.Context != nil {
		return convertingTables{queued.Within(call.Context, call.Queue, heavy), s}
	}
	return convertingTables{s.tables, s}
}

// apart are the tables for the server's own reads.
func (s *Server) apart() Tables {
	return convertingTables{s.unconvertedApart(), s}
}

func (s *Server) unconvertedApart() Tables {
	if queued, ok := s.tables.(Queued); ok {
		return queued.Apart()
	}
	return s.tables
}

// Ready reports whether the tables can be read with this schema, and whether a write would be accepted. It costs a
// commit.
func (s *Server) Ready() error {
	err := s.apart().View(func(r Reader) error {
		p, err := r.Position()
		if err != nil {
			return err
		}
		l, err := s.layoutAt(r, p)
		for name := range s.forms {
			if err == nil {
				err = l.check(name)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if tables, ok := s.tables.(Writable); ok {
		return tables.Writable()
	}
	return s.tables.Update(func(w Writer) error {
		_, err := w.Touch(0) // changes nothing
		return err
	})
}

func (s *Server) deltaWindowMs() int64 { return int64(s.options.DeltaTTLMinutes) * 60_000 }

func randomUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
