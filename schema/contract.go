package schema

import "github.com/deltabase/deltabase/record"

// CONTRACT (to be implemented in small files; this file goes away).

// Load reads the compiled form: {version, codegenVersion, models, nonModels, enums} as JSON text.
// Unknown keys are ignored; a missing or wrong part is a *LoadError that names the path.
func Load(text []byte) (*Schema, error) { panic("unwritten") }

type LoadError struct {
	Path   string // models.Post.fields.title
	Reason string
}

func (e *LoadError) Error() string { panic("unwritten") }

// JSON writes the compiled form, readable by Load and by Amplify's initSchema.
func (s *Schema) JSON() []byte { panic("unwritten") }

// Hash is 16 hex digits over the canonical compiled form (without Version): equal schemas, equal hashes.
func (s *Schema) Hash() string                   { panic("unwritten") }
func (s *Schema) Model(name string) *Model       { panic("unwritten") }
func (s *Schema) NonModel(name string) *NonModel { panic("unwritten") }
func (s *Schema) Enum(name string) *Enum         { panic("unwritten") }

// Order returns the models parents first (targets of BELONGS_TO before their children).
func (s *Schema) Order() []*Model { panic("unwritten") }

// Parents returns the models that m belongs to, itself excluded.
func (s *Schema) Parents(m *Model) []*Model { panic("unwritten") }

func (m *Model) Field(name string) *Field { panic("unwritten") }

// Stored returns the fields that are stored in a record: scalars, enums, embedded types and
// foreign keys, the latter also when no field declares them (typed ID). Model-typed fields
// are not stored.
func (m *Model) Stored() []*Field { panic("unwritten") }

// RecordID is the identity text of a record: the key value itself for a single key field (a
// number's JSON text), for several the parts joined with "#" ("\" and "#" inside a part are
// escaped by "\"). An error names the missing or empty key field.
func (m *Model) RecordID(row record.Value) (string, error) { panic("unwritten") }

// KeyFields is the reverse of RecordID: an object of the key fields.
func (m *Model) KeyFields(id string) (record.Value, error) { panic("unwritten") }

// Check reports what is wrong with the values of fields in row: type, format, null for a
// required field. Fields that row lacks are not checked unless complete is set. Fields the
// model does not know are ignored. The messages are those of the Amplify client (see SPEC.md).
func (s *Schema) Check(m *Model, row record.Value, complete bool) error { panic("unwritten") }

// FieldError says which field is wrong and what to write instead; its code is "invalid_value".
type FieldError struct {
	Model, Field, Reason string
}

func (e *FieldError) Error() string { panic("unwritten") }

// CheckScalar reports whether a non-null value has the form of a scalar (spec section 1.7: the
// server's rules, stricter than the client's). reason is empty when it has.
func CheckScalar(scalar Scalar, v record.Value) (reason string) { panic("unwritten") }
