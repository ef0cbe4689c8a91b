package config

import (
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/shape"
)

// Setup is the schema and the configuration that the engine works by now. Other rooms read the fields and
// never set them: as methods they would be calls, and the module 5 kB larger.
type Setup struct {
	Config   *Config         // nil before the first configure()
	Schema   *schema.Schema  // likewise
	Hash     string          // of the schema
	Syncable []*schema.Model // that the server has as well, parents first
	shapes   map[string]*shape.Shape
}

// Use replaces the configuration.
func (s *Setup) Use(c *Config) { s.Config = c }

// UseSchema replaces the schema, which has this hash.
func (s *Setup) UseSchema(of *schema.Schema, hash string) {
	s.Schema, s.Hash, s.shapes, s.Syncable = of, hash, shape.Of(of), nil
	for _, m := range of.Order() {
		if m.Syncable {
			s.Syncable = append(s.Syncable, m)
		}
	}
}

// Shape is nil for a model that the schema does not have.
func (s *Setup) Shape(model string) *shape.Shape { return s.shapes[model] }
