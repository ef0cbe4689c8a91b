package main

import (
	"encoding/json"
	"net"

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

// servePeer serves PocketBase with an open collection of the same fields.
func servePeer(folder, address string) error {
	app := pocketbase.NewWithConfig(pocketbase.Config{DefaultDataDir: folder, HideStartBanner: true})
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
