// Package examples holds the apps of this folder as files: `deltabase init --template` writes them.
package examples

import (
	"embed"
	"io/fs"
)

//go:embed react-todo/.gitignore react-todo/*.json react-todo/*.html react-todo/*.md react-todo/*.graphql react-todo/src/*.*
var files embed.FS

// Templates are the apps that an app can begin with, by the name that `--template` takes.
var Templates = map[string]string{"react": "react-todo"}

// Files calls each with the name and the text of every file of a template, by name.
func Files(template string, each func(name, text string)) error {
	app, err := fs.Sub(files, Templates[template])
	if err != nil {
		return err
	}
	return fs.WalkDir(app, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(app, name)
		each(name, string(text))
		return err
	})
}
