package updateapi

import (
	_ "embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/deltabase/deltabase/conflict"
)

//go:embed template/resolve.js
var functionText string

//go:embed template/resolve.test.mjs
var functionTest string

// Files are the functions of the settings that are files, each once, sorted.
func (s Settings) Files() []string {
	var files []string
	add := func(c Choice) {
		if c.Strategy == conflict.Lambda && c.Function != "" && !isAddress(c.Function) && !slices.Contains(files, c.Function) {
			files = append(files, c.Function)
		}
	}
	add(s.Default)
	for _, c := range s.Models {
		add(c)
	}
	slices.Sort(files)
	return files
}

// proposedFile is where a new function goes unless the person says otherwise.
func proposedFile(model string) string {
	if model == "" {
		return "functions/resolve.js"
	}
	return "functions/resolve" + model + ".js"
}

// NewFile is a file that is to be written.
type NewFile struct {
	Name string // as the person knows it
	Path string
	Text string
}

// Plan makes the files of new functions: each with its test beside it. It fails when one of them
// exists: what somebody wrote is not replaced.
func Plan(resolve func(file string) string, functions []string) ([]NewFile, error) {
	var files []NewFile
	for _, name := range functions {
		base := strings.TrimSuffix(path.Base(filepath.ToSlash(name)), ".js")
		test := strings.TrimSuffix(name, ".js") + ".test.mjs"
		files = append(files,
			NewFile{name, resolve(name), functionText},
			NewFile{test, resolve(test), strings.ReplaceAll(functionTest, "resolve.js", base+".js")})
	}
	if err := Absent(files); err != nil {
		return nil, err
	}
	return files, nil
}

// Absent fails when one of the files exists.
func Absent(files []NewFile) error {
	for _, f := range files {
		if _, err := os.Lstat(f.Path); err == nil {
			return fmt.Errorf("there is a file %s already, and it is not replaced; move it away, or choose another name", f.Name)
		}
	}
	return nil
}

// Write writes new files and never replaces one.
func Write(files []NewFile) error {
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
			return fmt.Errorf("%s cannot be written: %w", f.Name, err)
		}
		file, err := os.OpenFile(f.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return fmt.Errorf("%s cannot be written: %w", f.Name, err)
		}
		_, err = file.WriteString(f.Text)
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("%s cannot be written: %w", f.Name, err)
		}
	}
	return nil
}
