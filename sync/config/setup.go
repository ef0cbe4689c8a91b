package config

import (
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/shape"
)

// Setup is the schema and the configuration that the engine works by now.
type Setup struct {
	config *Config
	schema *schema.Schema
	hash   string
	shapes map[string]*shape.Shape
}

// Use replaces the configuration.
func (s *Setup) Use(c *Config) { s.config = c }

// UseSchema replaces the schema, which has this hash.
func (s *Setup) UseSchema(of *schema.Schema, hash string) {
	s.schema, s.hash, s.shapes = of, hash, shape.Of(of)
}

// Config is nil before the first configure().
func (s *Setup) Config() *Config { return s.config }

// Schema is nil before the first configure().
func (s *Setup) Schema() *schema.Schema { return s.schema }

// Hash is that of the schema.
func (s *Setup) Hash() string { return s.hash }

// Shape is nil for a model that the schema does not have.
func (s *Setup) Shape(model string) *shape.Shape { return s.shapes[model] }
