package appsync

import "testing"

func TestKindOfMessage(t *testing.T) {
	for message, want := range map[string]string{
		"Cannot return null for non-nullable type: 'String' within parent 'Post' (/syncPosts/items[0]/title)":  "BadRecord",
		"Variable 'input' has coerced Null value for NonNull type 'String!'":                                   "BadRecord",
		"Connection failed: Connection Timeout":                                                                "Transient",
		"Unauthorized":                                                                                         "Unauthorized",
		"Validation error of type FieldUndefined: Field 'x' in type 'Post' is undefined @ 'syncPosts/items/x'": "BadModel",
		"Cannot return to the start":                                                                           "Unknown",
		"Variable 'input' is odd":                                                                              "Unknown",
		"":                                                                                                     "Unknown",
	} {
		if got := KindOfMessage(message); got != want {
			t.Errorf("%q is %s, want %s", message, got, want)
		}
	}
}
