package main

import (
	"encoding/json"
	"net"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
)

func body(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // of our own values
	}
	return text
}

// connectFull is PocketBase's own way to connect, but for synchronous: NORMAL there, FULL here.
func connectFull(path string) (*dbx.DB, error) {
	return dbx.Open("sqlite", path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)"+
		"&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)")
}

// servePeer serves PocketBase with an open collection of the same fields. With full it waits for the
// disk at each commit, as Deltabase does; without, it has its own setting.
func servePeer(folder, address string, full bool) error {
	config := pocketbase.Config{DefaultDataDir: folder, HideStartBanner: true}
	if full {
		config.DBConnect = connectFull
	}
	app := pocketbase.NewWithConfig(config)
	if err := app.Bootstrap(); err != nil {
		return err
	}
	if err := app.RunAllMigrations(); err != nil {
		return err
	}
	open := ""
	todos := core.NewBaseCollection("todos")
	todos.ListRule, todos.ViewRule, todos.CreateRule = &open, &open, &open
	todos.Fields.Add(&core.TextField{Name: "title", Required: true}, &core.TextField{Name: "note"},
		&core.BoolField{Name: "done"}, &core.NumberField{Name: "rating"})
	if err := app.Save(todos); err != nil {
		return err
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return err
	}
	return apis.Serve(app, apis.ServeConfig{HttpAddr: address, ShowStartBanner: false})
}
