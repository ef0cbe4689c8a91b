//go:build !js

package main

import "os"

// The module only runs in a page; natively this package exists for its tests.
func main() {
	os.Stderr.WriteString("This program runs in a web page. Build it with GOOS=js GOARCH=wasm.\n")
	os.Exit(2)
}
