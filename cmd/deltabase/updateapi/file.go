package updateapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/tidwall/gjson"
	"github.com/tidwall/sjson"

	"github.com/deltabase/deltabase/conflict"
)

const settingsKey = "conflictResolution"

// ReadSettings takes the strategies out of the text of a deltabase.json. What is not said is
// Auto Merge.
func ReadSettings(text []byte) (Settings, error) {
	s := Settings{Default: Choice{Strategy: conflict.Automerge}, Models: map[string]Choice{}}
	if !gjson.ValidBytes(text) {
		return s, fmt.Errorf("the configuration is not JSON; correct it first")
	}
	found := gjson.GetBytes(text, settingsKey)
	if project := found.Get("project"); project.Exists() {
		s.Default = readChoice(project)
	}
	found.Get("models").ForEach(func(model, value gjson.Result) bool {
		s.Models[model.String()] = readChoice(value)
		return true
	})
	return s, nil
}

func readChoice(value gjson.Result) Choice {
	if value.IsObject() {
		return Choice{conflict.Strategy(value.Get("strategy").String()), value.Get("function").String()}
	}
	return Choice{Strategy: conflict.Strategy(value.String())}
}

// Edit puts the strategies into the text of a deltabase.json and leaves the rest as it is.
func Edit(text []byte, s Settings) ([]byte, error) {
	value := encode(s)
	if !gjson.GetBytes(text, settingsKey).Exists() {
		return appendKey(text, settingsKey, value)
	}
	edited, err := sjson.SetRawBytes(bytes.Clone(text), settingsKey, value)
	if err != nil {
		return nil, fmt.Errorf("the configuration cannot be edited: %w", err)
	}
	return edited, nil
}

// appendKey adds a key at the end of an object and keeps every byte that was there.
func appendKey(text []byte, key string, value []byte) ([]byte, error) {
	body, closed := bytes.CutSuffix(bytes.TrimSpace(text), []byte("}"))
	if !closed {
		return nil, fmt.Errorf("the configuration is not a JSON object; correct it first")
	}
	body = bytes.TrimSpace(body)
	var b bytes.Buffer
	b.Write(body)
	if !bytes.HasSuffix(body, []byte("{")) {
		b.WriteByte(',')
	}
	fmt.Fprintf(&b, "\n  %s: %s\n}\n", quoted(key), value)
	return b.Bytes(), nil
}

// encode writes the strategies as they stand in the file, two spaces deep.
func encode(s Settings) []byte {
	var b bytes.Buffer
	b.WriteString("{\n    \"project\": ")
	b.WriteString(encodeChoice(s.Default))
	models := make([]string, 0, len(s.Models))
	for model := range s.Models {
		models = append(models, model)
	}
	slices.Sort(models)
	for i, model := range models {
		if i == 0 {
			b.WriteString(",\n    \"models\": {")
		} else {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n      %s: %s", quoted(model), encodeChoice(s.Models[model]))
	}
	if len(models) > 0 {
		b.WriteString("\n    }")
	}
	b.WriteString("\n  }")
	return b.Bytes()
}

func encodeChoice(c Choice) string {
	if c.Function == "" {
		return quoted(string(c.Strategy))
	}
	return `{ "strategy": ` + quoted(string(c.Strategy)) + `, "function": ` + quoted(c.Function) + ` }`
}

func quoted(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Diff shows what an edit changes, as a unified diff; empty when nothing does.
func Diff(file string, before, after []byte) string {
	return udiff.Unified(file, file, string(before), string(after))
}
