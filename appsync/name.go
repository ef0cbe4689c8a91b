package appsync

import (
	"strings"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
)

// An operation that @model leaves out keeps its own name here. The server then answers that it has no such field.

// GetField is the query of one record: getPost.
func GetField(m *schema.Model) string { return named(m, "get", fieldName("get", m.Name)) }

// ListField is the query of many records: listPosts.
func ListField(m *schema.Model) string { return named(m, "list", fieldName("list", m.Plural)) }

// SyncField is the query of pages for synchronisation: syncPosts.
func SyncField(m *schema.Model) string { return fieldName("sync", m.Plural) }

// MutationField is createPost, updatePost or deletePost.
func MutationField(m *schema.Model, op conflict.Operation) string {
	return named(m, string(op), fieldName(string(op), m.Name))
}

// SubscriptionField is onCreatePost, onUpdatePost or onDeletePost.
func SubscriptionField(m *schema.Model, op conflict.Operation) string {
	on := SubscriptionOperation(op)
	return named(m, on, fieldName(on, m.Name))
}

// SubscriptionOperation is onCreate, onUpdate or onDelete, as @model calls it.
func SubscriptionOperation(op conflict.Operation) string { return "on" + firstUpper(string(op)) }

// named is the first name that @model gives to an operation.
func named(m *schema.Model, operation, byDefault string) string {
	if names := m.FieldNames(operation, byDefault); len(names) > 0 {
		return names[0]
	}
	return byDefault
}

// InputType is CreatePostInput, UpdatePostInput or DeletePostInput.
func InputType(m *schema.Model, op conflict.Operation) string {
	return firstUpper(string(op)) + m.Name + "Input"
}

// FilterType, ConditionType and SubscriptionFilterType are the input types of filters.
func FilterType(m *schema.Model) string    { return "Model" + m.Name + "FilterInput" }
func ConditionType(m *schema.Model) string { return "Model" + m.Name + "ConditionInput" }
func SubscriptionFilterType(m *schema.Model) string {
	return "ModelSubscription" + m.Name + "FilterInput"
}

// fieldName joins a verb and a type name. As in Amplify's transformer, a name of more than 50 characters is cut to 45
// and gets the first 5 hex digits of its MD5.
func fieldName(verb, typeName string) string {
	name := verb + firstUpper(typeName)
	if len(name) <= fieldNameCharsMax {
		return name
	}
	const digits = 5
	return name[:fieldNameCharsMax-digits] + md5Hex(name)[:digits]
}

func firstUpper(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
