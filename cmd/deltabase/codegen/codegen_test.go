package codegen

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/deltabase/deltabase/schema"
	"github.com/deltabase/deltabase/schema/sdl"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata; read the difference before you commit it")

func read(t *testing.T, file string) *schema.Schema {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := sdl.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGenerate(t *testing.T) {
	for _, name := range []string{"shop", "embedded", "tags"} {
		files := Generate(read(t, "testdata/"+name+".graphql"))
		if len(files) != 4 {
			t.Errorf("%d files", len(files))
		}
		for file, text := range files {
			path := filepath.Join("testdata", name, file)
			if *update {
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, text, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if string(want) != string(text) {
				t.Errorf("%s differs (go test ./cmd/deltabase/codegen -update rewrites it):\n%s", path, text)
			}
		}
	}
}

// TestSchemaJS runs the generated schema.js in Node and loads what it exports.
func TestSchemaJS(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("Node is not installed; the generated schema.js is not run")
	}
	s := read(t, "testdata/shop.graphql")
	file := filepath.Join(t.TempDir(), "schema.mjs")
	if err := os.WriteFile(file, Generate(s)["schema.js"], 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "--input-type=module", "-e",
		"import {schema} from "+`"file://`+file+`"; process.stdout.write(JSON.stringify(schema))`).Output()
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := schema.Load(out)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Hash() != s.Hash() {
		t.Error("the exported schema is another one")
	}
}

// TestTypes compiles the generated declarations and an app that uses them with TypeScript and the
// package's own types.
func TestTypes(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	tsc := filepath.Join(root, "node_modules", ".bin", "tsc")
	if _, err := os.Stat(tsc); err != nil {
		t.Skip("TypeScript is not installed; run npm ci, then the generated types are compiled too")
	}
	folder := t.TempDir()
	write := func(name string, text []byte) {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for folder, file := range map[string]string{"models": "testdata/shop.graphql", "tags": "testdata/tags.graphql"} {
		for name, text := range Generate(read(t, file)) {
			write(folder+"/"+name, text)
		}
	}
	for _, name := range []string{"app.ts", "wrong.ts", "amplify.ts", "from-amplify/index.d.ts"} {
		text, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(name, text)
	}
	write("tsconfig.json", []byte(`{"compilerOptions": {"strict": true, "noEmit": true, "target": "es2022", "module": "esnext",
		"moduleResolution": "bundler", "lib": ["es2022", "dom", "esnext.asynciterable"], "types": [], "skipLibCheck": false,
		"paths": {"deltabase": ["`+filepath.Join(root, "js", "index.ts")+`"]}}, "files": ["app.ts", "wrong.ts", "amplify.ts"]}`))
	out, err := exec.Command(tsc, "-p", folder).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
