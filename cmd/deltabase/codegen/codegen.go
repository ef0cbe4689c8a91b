// Package codegen writes the four files that an app imports its models from: schema.js, index.js
// and a .d.ts for each, in the shapes that Amplify's codegen writes them.
package codegen

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/deltabase/deltabase/schema"
)

// Generate returns the files by name: "schema.js", "schema.d.ts", "index.js" and "index.d.ts".
func Generate(s *schema.Schema) map[string][]byte {
	return map[string][]byte{
		"schema.js":   schemaJS(s),
		"schema.d.ts": []byte(schemaDeclaration),
		"index.js":    indexJS(s),
		"index.d.ts":  declarations(s),
	}
}

const schemaDeclaration = `import type { Schema } from 'deltabase';

export declare const schema: Schema;
`

func schemaJS(s *schema.Schema) []byte {
	var b bytes.Buffer
	b.WriteString("export const schema = ")
	if err := json.Indent(&b, s.JSON(), "", "    "); err != nil {
		panic("the compiled form is not JSON: " + err.Error())
	}
	b.WriteString(";\n")
	return b.Bytes()
}

func indexJS(s *schema.Schema) []byte {
	var b bytes.Buffer
	b.WriteString("// @ts-check\nimport { initSchema } from 'deltabase';\nimport { schema } from './schema.js';\n\n")
	var classes, exports []string
	for _, m := range s.Models {
		classes = append(classes, m.Name)
	}
	exports = append(exports, classes...)
	for _, e := range s.Enums {
		b.WriteString("const " + e.Name + " = Object.freeze({\n")
		for i, value := range e.Values {
			b.WriteString(`  "` + value + `": "` + value + `"`)
			if i < len(e.Values)-1 {
				b.WriteByte(',')
			}
			b.WriteByte('\n')
		}
		b.WriteString("});\n\n")
		exports = append(exports, e.Name)
	}
	for _, n := range s.NonModels {
		classes = append(classes, n.Name)
		exports = append(exports, n.Name)
	}
	b.WriteString("const { " + strings.Join(classes, ", ") + " } = initSchema(schema);\n\n")
	b.WriteString("export {\n  " + strings.Join(exports, ",\n  ") + "\n};\n")
	return b.Bytes()
}
