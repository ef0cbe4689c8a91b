package sync_test

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/deltabase/deltabase/store"
)

// database v1: the disk is as release 1 left it, from test/fixtures/db-v1.json, which holds the texts
// of the three object stores as they were and is never written again. Every later version must open it.
func init() {
	commands["database"] = func(h *host, args []string) error {
		text, err := os.ReadFile("../test/fixtures/db-" + args[0] + ".json")
		if err != nil {
			return err
		}
		var areas map[store.Area]map[string]string
		if err := json.Unmarshal(text, &areas); err != nil {
			return err
		}
		batch := store.Batch{Name: "release " + strings.TrimPrefix(args[0], "v"), Strict: true}
		for _, area := range store.Areas {
			for key, text := range areas[area] {
				batch.Ops = append(batch.Ops, store.Op{Kind: store.Put, Area: area, Key: key, Text: []byte(text)})
			}
		}
		return h.disk.Connect().Write(batch)
	}
	// applied s1 Post/p4: the server had made this row of that mutation, whose answer was lost.
	commands["applied"] = func(h *host, args []string) error {
		h.server.outcomes[args[0]] = h.server.rows[args[1]]
		return nil
	}
}
