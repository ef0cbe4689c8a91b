package main

import (
	"strings"
	"testing"
)

func TestCodemodIsInTheNpmPackage(t *testing.T) {
	_, _, err := runCommand(codemodCommand(), "--write", "src")
	if err == nil || !strings.Contains(err.Error(), "npx deltabase codemod") {
		t.Fatalf("got %v", err)
	}
}
