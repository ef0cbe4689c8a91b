package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

const todoSchema = `type Todo @model @auth(rules: [{allow: public}]) {
  id: ID!
  title: String!
  note: String
  done: Boolean
  rating: Int
}
`

const openConfig = `{"schema": "schema.graphql", "database": "data.db", "apiKeys": ["` + apiKey + `"],
  "rateLimit": {"requestsPerSecond": 1000000, "burst": 1000000}}`

const createTodo = `mutation create($input: CreateTodoInput!) { createTodo(input: $input) { id title note done rating _version _lastChangedAt _deleted } }`

func todo() map[string]any {
	return map[string]any{"title": "A record of the usual size", "note": strings.Repeat("words ", 40), "done": false, "rating": 3}
}

// creates: one record per request, by 1, 8 and 64 writers. Ours waits for the disk at each commit
// (synchronous FULL), the peer has its own setting. Beside the rates stands the processor time that a
// create takes in the server: other work on the machine moves it less.
func creates(o options, command, folder string) error {
	ours, err := startDeltabase(command, filepath.Join(folder, "creates"), todoSchema, openConfig)
	if err != nil {
		return err
	}
	defer ours.stop()
	peer, err := startPeer(filepath.Join(folder, "peer"))
	if err != nil {
		return err
	}
	defer peer.stop()
	fmt.Println("| creates | Deltabase /s | p50 / p99 ms | CPU us | PocketBase /s | p50 / p99 ms | CPU us | ratio |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	for _, workers := range o.writers {
		var mine, theirs []load
		for range o.rounds {
			a, err := ours.under(workers, o.seconds, "/graphql", graphQL(createTodo, map[string]any{"input": todo()}), `"_version":1`)
			if err != nil {
				return err
			}
			b, err := peer.under(workers, o.seconds, "/api/collections/todos/records", body(todo()), `"id"`)
			if err != nil {
				return err
			}
			mine, theirs = append(mine, a), append(theirs, b)
		}
		a, b := median(mine), median(theirs)
		fmt.Printf("| %d writers | %.0f | %s / %s | %d | %.0f | %s / %s | %d | %.2f |\n", workers, a.perSecond, ms(a.p50), ms(a.p99), a.cpu.Microseconds(),
			b.perSecond, ms(b.p50), ms(b.p99), b.cpu.Microseconds(), a.perSecond/b.perSecond)
	}
	fmt.Println()
	return nil
}

// under lets workers post a body and notes what each request cost the server.
func (p *process) under(workers, seconds int, path string, body []byte, says string) (load, error) {
	lines, err := wires(workers, p.url, path)
	if err != nil {
		return load{}, err
	}
	defer hangUp(lines)
	before, err := p.cpu()
	if err != nil {
		return load{}, err
	}
	l, err := drive(workers, seconds, func(worker, _ int) error { return lines[worker].post(body, says) })
	if err != nil {
		return load{}, err
	}
	after, err := p.cpu()
	l.cpu = (after - before) / time.Duration(l.requests)
	return l, err
}
