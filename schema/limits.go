package schema

// How large a schema may be. A schema is read once per start; the limits keep a wrong or hostile
// file from taking the page or the server with it.
const (
	SchemaBytesMax = 8 << 20
	ModelsMax      = 1000
	FieldsMax      = 1000 // per model or embedded type
	EmbeddedMax    = 16   // embedded types inside one another

	RecordBytesMax   = 400_000 // of a stored row; DynamoDB's limit is as large
	RecordAddedBytes = 200     // of it, room for what only a server adds: version, times
)
