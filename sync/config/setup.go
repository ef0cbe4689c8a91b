package config

import (
	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/sync/shape"
)

// Setup is the schema and the configuration that the engine now uses. Other rooms read the fields and never set them.
// Methods instead of fields would make the module 5 kB larger.
type Setup struct {
	Config   *Config         // nil before the first configure()
	Schema   *schema.Schema  // likewise
	Hash     string          // of the schema
	Syncable []*schema.Model // models that the server has as well, parents first
	shapes   map[string]*shape.Shape
}

// Use replaces the configuration.
func (s *Setup) Use(c *Config) { s.Config = c }

// UseSchema replaces the schema; hash is that of the new one.
func (s *Setup) UseSchema(of *schema.Schema, hash string) {
	s.Schema, s.Hash, s.shapes, s.Syncable = of, hash, shape.Of(of), nil
	for _, m := range of.Order() {
		if m.Syncable {
			s.Syncable = append(s.Syncable, m)
		}
	}
}

// Shape is the shape of a model, nil when the schema does not have the model.
func (s *Setup) Shape(model string) *shape.Shape { return s.shapes[model] }
