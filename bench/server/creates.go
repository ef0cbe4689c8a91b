package main

import (
	"fmt"
	"os"
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

// goals of creates by the number of writers: our rate by that of the peer with its own setting.
var goals = map[int]float64{1: 1, 64: 3}

// creates: one record per request, by 1, 8 and 64 writers. Ours waits for the disk at each commit
// (synchronous FULL). The peer is measured twice: with its own setting (NORMAL, which does not wait)
// and with ours. Beside the rates stands the processor time that a create takes in the server: other
// work on the machine moves it less.
func creates(o options, command, folder string) error {
	ours, err := startDeltabase(command, filepath.Join(folder, "creates"), todoSchema, openConfig)
	if err != nil {
		return err
	}
	defer ours.stop()
	normal, err := startPeer(filepath.Join(folder, "peer"), false)
	if err != nil {
		return err
	}
	defer normal.stop()
	full, err := startPeer(filepath.Join(folder, "peer-full"), true)
	if err != nil {
		return err
	}
	defer full.stop()
	fmt.Fprintln(report, "| creates | /s | p50 / p99 ms | CPU us | Deltabase's rate by this | goal |")
	fmt.Fprintln(report, "|---|---|---|---|---|---|")
	for _, workers := range o.writers {
		var a, b, c []load
		for range o.rounds {
			for _, one := range []struct {
				of         *process
				loads      *[]load
				path, says string
				body       []byte
			}{
				{ours, &a, "/graphql", `"_version":1`, graphQL(createTodo, map[string]any{"input": todo()})},
				{normal, &b, "/api/collections/todos/records", `"id"`, body(todo())},
				{full, &c, "/api/collections/todos/records", `"id"`, body(todo())},
			} {
				l, err := one.of.under(workers, o.seconds, one.path, one.body, one.says)
				if err != nil {
					return err
				}
				*one.loads = append(*one.loads, l)
			}
		}
		mine := median(a)
		row := func(name string, l load, by, goal string) {
			fmt.Fprintf(report, "| %d writers, %s | %.0f | %s / %s | %d | %s | %s |\n", workers, name, l.perSecond, ms(l.p50), ms(l.p99), l.cpu.Microseconds(), by, goal)
		}
		ratio := func(l load) float64 { return mine.perSecond / l.perSecond }
		row("Deltabase (FULL)", mine, "", "")
		own, same := median(b), median(c)
		row("PocketBase, its own setting (NORMAL)", own, fmt.Sprintf("%.2f", ratio(own)), verdict(workers, ratio(own)))
		row("PocketBase, our setting (FULL)", same, fmt.Sprintf("%.2f", ratio(same)), "")
	}
	fmt.Fprintln(report)
	return floor(o, folder)
}

// floor is what the disk allows one writer: a page is written behind the last one and waited for.
func floor(o options, folder string) error {
	file, err := os.Create(filepath.Join(folder, "floor"))
	if err != nil {
		return err
	}
	defer file.Close()
	page := make([]byte, 4_096)
	l, err := drive(1, o.seconds, func(_, _ int) error {
		if _, err := file.Write(page); err != nil {
			return err
		}
		return file.Sync()
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(report, "The disk by itself, a page of 4 kB appended and waited for, one after the other: %.0f/s, p50 %s, p99 %s ms.\n", l.perSecond, ms(l.p50), ms(l.p99))
	fmt.Fprintln(report, "One writer at FULL waits that long for each create, which NORMAL does not.")
	fmt.Fprintln(report)
	return nil
}

func verdict(workers int, ratio float64) string {
	goal, ok := goals[workers]
	switch {
	case !ok:
		return ""
	case ratio >= goal:
		return fmt.Sprintf("%.1f met", goal)
	}
	return fmt.Sprintf("%.1f missed", goal)
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
