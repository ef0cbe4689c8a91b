// Package schema says what a model is: its fields, keys, relations and auth rules. It loads the
// compiled form that generated schema.js files hold (Amplify's shape, codegen >= 3.2) and checks
// values against it. GraphQL SDL is read by schema/sdl, which the page never loads.
package schema

import "github.com/deltabase/deltabase/record"

// Scalar is a GraphQL scalar of the AppSync type system.
type Scalar string

const (
	ID           Scalar = "ID"
	String       Scalar = "String"
	Int          Scalar = "Int"
	Float        Scalar = "Float"
	Boolean      Scalar = "Boolean"
	AWSDate      Scalar = "AWSDate"
	AWSTime      Scalar = "AWSTime"
	AWSDateTime  Scalar = "AWSDateTime"
	AWSTimestamp Scalar = "AWSTimestamp"
	AWSEmail     Scalar = "AWSEmail"
	AWSJSON      Scalar = "AWSJSON"
	AWSURL       Scalar = "AWSURL"
	AWSPhone     Scalar = "AWSPhone"
	AWSIPAddress Scalar = "AWSIPAddress"
)

// Type is what a field holds: exactly one of the names is set.
type Type struct {
	Scalar   Scalar
	Enum     string
	NonModel string
	Model    string
}

// AssociationKind is how two models are connected.
type AssociationKind string

const (
	BelongsTo AssociationKind = "BELONGS_TO"
	HasOne    AssociationKind = "HAS_ONE"
	HasMany   AssociationKind = "HAS_MANY"
)

// Association connects a Model-typed field to the other model.
type Association struct {
	Kind AssociationKind
	// TargetNames are foreign key fields on this model (BELONGS_TO, HAS_ONE with a key here).
	TargetNames []string
	// AssociatedWith are fields on the other model (HAS_MANY, HAS_ONE): its foreign key fields,
	// or the name of its BELONGS_TO field.
	AssociatedWith []string
	// Limit is the page size of a HAS_MANY field when a query gives none; 0 is the default. Only the
	// server knows it.
	Limit int
}

// Field is one field of a model or of an embedded type.
type Field struct {
	Name  string
	Type  Type
	Array bool
	// Required means non-null; for an Array it speaks of the elements.
	Required bool
	// ArrayNullable means that the array itself may be null.
	ArrayNullable bool
	ReadOnly      bool // set by the server only (implicit createdAt, updatedAt)
	Default       record.Value
	Association   *Association
	Auth          []AuthRule // rules of @auth on the field, in the place of the model's; only the server knows them

	embedded *NonModel // that Type.NonModel names
}

// Index is a named key: Fields[0] is the hash key, the rest sort keys.
type Index struct {
	Name       string
	QueryField string
	Fields     []string
}

// AuthRule is one rule of @auth, with the defaults filled in.
type AuthRule struct {
	Allow         string
	Provider      string
	OwnerField    string
	IdentityClaim string
	Groups        []string
	GroupClaim    string
	GroupsField   string
	Operations    []string
}

// Model is one @model type.
type Model struct {
	Name      string
	Plural    string
	Syncable  bool
	Fields    []*Field
	Key       []string // primary key fields; []string{"id"} unless declared
	CustomKey bool     // the key was declared (an unnamed key attribute)
	Indexes   []Index
	Auth      []AuthRule
	// Undeclared are fields that @auth rules name and the type does not declare. Only the server
	// knows them: generated models do not have them.
	Undeclared []string
	CreatedAt  string // the name of the timestamp field, "" when there is none
	UpdatedAt  string
	// SubscriptionLevel is "on" (default), "public" or "off". With "off" there are no
	// subscriptions.
	SubscriptionLevel string
	// Operations holds the names of operations that @model renames (none: it leaves them out). The
	// keys are get, list, create, update, delete, onCreate, onUpdate and onDelete.
	Operations map[string][]string

	implied []*Field // foreign keys that no field declares
	stored  []*Field
}

// NonModel is an embedded type, Enum a set of names.
type NonModel struct {
	Name   string
	Fields []*Field
}

type Enum struct {
	Name   string
	Values []string
}

// Unserved is a field of Query, Mutation or Subscription that an app declares itself, and that nobody answers here.
type Unserved struct {
	Type, Field string
	By          string // what would answer it, such as @function; "" when the file does not say
}

// Schema is everything that one app declares. It never changes after it was made.
type Schema struct {
	Version        string // the version field of schema.js
	CodegenVersion string
	Models         []*Model
	NonModels      []*NonModel
	Enums          []*Enum
	// Unserved lists the custom operations of an SDL file. Only the server knows them.
	Unserved []Unserved

	hash   string
	order  []*Model
	models map[string]*Model
}
