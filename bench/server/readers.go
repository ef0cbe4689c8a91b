package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
)

// readers: how long one caller's get takes, alone and beside eight that send the dearest list they can.
func readers(o options, command, folder string) error {
	p, err := startDeltabase(command, filepath.Join(folder, "readers"), todoSchema, openConfig)
	if err != nil {
		return err
	}
	defer p.stop()
	c := client(20)
	if err := fill(p, 3_000); err != nil {
		return err
	}
	get := func(int, int) error {
		return post(c, p.url+"/graphql", graphQL(`{ getTodo(id: "7") { id title } }`, nil), `"id":"7"`)
	}
	alone, err := drive(1, o.seconds, get)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	var heavy sync.WaitGroup
	dear := graphQL(dearList(), nil)
	for range 8 {
		heavy.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					post(c, p.url+"/graphql", dear, "") // refused or not: it is there to cost
				}
			}
		})
	}
	beside, err := drive(1, o.seconds, get)
	close(stop)
	heavy.Wait()
	if err != nil {
		return err
	}
	fmt.Fprintln(report, "| one get | p50 ms | p99 ms |")
	fmt.Fprintln(report, "|---|---|---|")
	fmt.Fprintf(report, "| alone | %s | %s |\n", ms(alone.p50), ms(alone.p99))
	fmt.Fprintf(report, "| beside 8 callers with 100 lists of 50 comparisons over 3,000 rows | %s | %s |\n\n", ms(beside.p50), ms(beside.p99))
	return nil
}

func dearList() string {
	comparisons := make([]string, 50)
	for i := range comparisons {
		comparisons[i] = fmt.Sprintf(`{title: {contains: "no such text %d"}}`, i)
	}
	var document strings.Builder
	document.WriteString("query q {")
	for i := range 100 {
		fmt.Fprintf(&document, ` a%d: listTodos(limit: 1000, filter: {or: [%s]}) { items { id } }`, i, strings.Join(comparisons, ","))
	}
	document.WriteString("}")
	return document.String()
}

// fill creates records with the ids 0, 1, ..., a hundred per request.
func fill(p *process, records int) error {
	c := client(1)
	for at := 0; at < records; at += 100 {
		var document strings.Builder
		document.WriteString("mutation m {")
		for i := at; i < min(at+100, records); i++ {
			fmt.Fprintf(&document, ` a%d: createTodo(input: {id: "%d", title: "A record of the usual size"}) { id }`, i, i)
		}
		document.WriteString("}")
		if err := post(c, p.url+"/graphql", graphQL(document.String(), nil), fmt.Sprintf(`"a%d":{"id":"%d"}`, at, at)); err != nil {
			return err
		}
	}
	return nil
}
