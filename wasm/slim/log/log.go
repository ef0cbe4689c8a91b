// Package log stands in for the standard library's log in the page's module, as wasm/slim/fmt
// does for fmt. go-indexeddb prints a line in three places; it ends in the browser's console.
package log

// Println prints texts and errors.
func Println(values ...any) {
	for _, value := range values {
		switch v := value.(type) {
		case string:
			print(v, " ")
		case error:
			print(v.Error(), " ")
		}
	}
	println()
}
