package main

import (
	"errors"
	"strconv"

	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/schema"
	engine "github.com/deltabase/deltabase/sync"
)

// eventOf turns a packet into the event that the engine understands. ok is false for packets
// that are not events.
func eventOf(p packet) (event engine.Event, ok bool) {
	switch p.kind {
	case inTabJoined:
		return engine.TabJoined{Tab: p.text(0)}, true
	case inTabGone:
		return engine.TabGone{Tab: p.text(0)}, true
	case inUnobserve:
		return engine.Unobserve{Tab: p.text(0), Observer: uint32(p.id)}, true
	case inAnswered:
		return engine.Answered{Effect: p.id, Status: int(p.number(0)), RetryAfterMs: p.number(1), Body: p.part(2)}, true
	case inSendFailed:
		return engine.SendFailed{Effect: p.id, Code: p.text(0), Message: p.text(1)}, true
	case inSocketOpened:
		return engine.SocketOpened{Effect: p.id}, true
	case inSocketMessage:
		return engine.SocketMessage{Effect: p.id, Text: p.part(0)}, true
	case inSocketClosed:
		return engine.SocketClosed{Effect: p.id, Code: int(p.number(0)), Reason: p.text(1)}, true
	case inHandlerAnswered:
		return handlerAnswer(p), true
	case inHandlerFailed:
		return engine.HandlerFailed{Effect: p.id, Message: p.text(0)}, true
	case inTokenAnswered:
		return tokenAnswer(p), true
	case inTokenFailed:
		return engine.TokenFailed{Effect: p.id, Message: p.text(0)}, true
	case inOnline:
		return engine.Online{}, true
	case inOffline:
		return engine.Offline{}, true
	case inResumed:
		return engine.Resumed{Slept: p.text(0) == "1"}, true
	case inTick:
		return engine.Tick{}, true
	}
	return nil, false
}

// handlerAnswer reads a decision; a model that is not JSON counts as a failed handler.
func handlerAnswer(p packet) engine.Event {
	answer := engine.HandlerAnswered{Effect: p.id, Decision: p.text(0)}
	if len(p.part(1)) > 0 {
		model, err := record.Parse(p.part(1))
		if err != nil {
			return engine.HandlerFailed{Effect: p.id, Message: "The handler's model is not JSON: " + err.Error()}
		}
		answer.Model = model
	}
	return answer
}

// tokenAnswer reads credentials; what is not JSON counts as a failed provider.
func tokenAnswer(p packet) engine.Event {
	token, err := record.Parse(p.part(0))
	if err != nil {
		return engine.TokenFailed{Effect: p.id, Message: "its answer is not JSON: " + err.Error()}
	}
	return engine.TokenAnswered{Effect: p.id, Token: token}
}

// number reads a part of decimal text, 0 when it is not a number.
func (p packet) number(i int) int64 {
	n, err := strconv.ParseInt(p.text(i), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// callOf turns a tab's call into an event. The error is one to answer the call with.
func callOf(p packet) (engine.Event, *engine.Error) {
	call := engine.Call{Tab: p.text(0), ID: uint32(p.id)}
	args, err := record.Parse(p.part(2))
	if err != nil {
		return nil, &engine.Error{Code: "bad_request", Message: "The arguments of " + p.text(1) + " are not JSON: " + err.Error()}
	}
	switch p.text(1) {
	case "configure":
		return configureCall(call, args)
	case "start":
		start := engine.Start{Call: call, Handler: args.Field("handler").Bool(),
			Migrates: args.Field("migrates").Bool(), Marker: args.Field("marker")}
		args.Field("providers").Elements(func(_ int, mode record.Value) bool {
			start.Providers = append(start.Providers, mode.Str())
			return true
		})
		return start, nil
	case "stop":
		return engine.Stop{Call: call}, nil
	case "clear":
		return engine.Clear{Call: call, DiscardUnsent: args.Field("discardUnsent").Bool()}, nil
	case "gate":
		return engine.Gate{Call: call, Closed: args.Field("closed").Bool()}, nil
	case "sync":
		sync := engine.Sync{Call: call}
		args.Field("models").Elements(func(_ int, model record.Value) bool {
			sync.Models = append(sync.Models, model.Str())
			return true
		})
		return sync, nil
	case "dump":
		return engine.Dump{Call: call}, nil
	case "writeAll":
		return writeAllCall(call, args)
	case "adopt":
		return adoptCall(call, args), nil
	}
	if event := recordCall(call, p.text(1), args); event != nil {
		return event, nil
	}
	if event := outboxCall(call, p.text(1), args); event != nil {
		return event, nil
	}
	return nil, &engine.Error{Code: "bad_request", Message: "The engine knows no operation " + p.text(1) + "."}
}

func configureCall(call engine.Call, args record.Value) (engine.Event, *engine.Error) {
	s, err := schema.Load(args.Field("schema").Text())
	if err != nil {
		var at *schema.LoadError
		if errors.As(err, &at) {
			return nil, &engine.Error{Code: "schema_invalid", Message: "The schema is not usable: " + at.Path + ": " + at.Reason}
		}
		return nil, &engine.Error{Code: "schema_invalid", Message: "The schema is not usable: " + err.Error()}
	}
	return engine.Configure{Call: call, Schema: s, Config: args.Field("config")}, nil
}

// recordCall reads the calls that save, delete and read records.
func recordCall(call engine.Call, operation string, args record.Value) engine.Event {
	switch operation {
	case "save":
		return engine.Save{
			Call: call, MutationID: args.Field("mutationId").Str(), Model: args.Field("model").Str(),
			Record: args.Field("record"), Fields: args.Field("fields"), Condition: args.Field("condition"),
			NewID: args.Field("newId").Bool(), Upsert: args.Field("upsert").Bool(),
		}
	case "delete":
		return engine.Delete{
			Call: call, MutationID: args.Field("mutationId").Str(), Model: args.Field("model").Str(),
			ID: args.Field("id").Str(), Filter: args.Field("filter"), Condition: args.Field("condition"),
		}
	case "query":
		return engine.Query{
			Call: call, Model: args.Field("model").Str(), ID: args.Field("id").Str(), Filter: args.Field("filter"),
			Sort: args.Field("sort"), Limit: intField(args, "limit"), Page: intField(args, "page"),
		}
	case "aggregate":
		return engine.Aggregate{
			Call: call, Model: args.Field("model").Str(), Filter: args.Field("filter"), Asked: args.Field("asked"),
		}
	case "observe":
		return engine.Observe{
			Call: call, Observer: uint32(intField(args, "observer")), Of: args.Field("of").Str(), Model: args.Field("model").Str(),
			ID: args.Field("id").Str(), Filter: args.Field("filter"), Live: args.Field("live").Bool(), Sort: args.Field("sort"),
			Limit: intField(args, "limit"), Page: intField(args, "page"), Since: uint64(intField(args, "since")),
		}
	}
	return nil
}

// writeAllCall reads {"writes":[{"save":{...}},{"delete":{...}}]}, each with the arguments of that call.
func writeAllCall(call engine.Call, args record.Value) (event engine.Event, problem *engine.Error) {
	all := engine.WriteAll{Call: call}
	args.Field("writes").Elements(func(_ int, write record.Value) bool {
		for _, operation := range []string{"save", "delete"} {
			if given := write.Field(operation); given.Exists() {
				all.Writes = append(all.Writes, recordCall(call, operation, given))
				return true
			}
		}
		problem = &engine.Error{Code: "bad_request", Message: "A write is a save or a delete."}
		return false
	})
	return all, problem
}

// adoptCall reads {"was","mark","rows":[{"model","row"}],"changes":[{"id","model","recordId","operation","fields",
// "condition","newId","sent","unqueued"}]}, all but was and mark optional.
func adoptCall(call engine.Call, args record.Value) engine.Event {
	adopt := engine.Adopt{Call: call, Was: args.Field("was"), Mark: args.Field("mark")}
	args.Field("rows").Elements(func(_ int, one record.Value) bool {
		adopt.Rows = append(adopt.Rows, engine.AdoptedRow{Model: one.Field("model").Str(), Row: one.Field("row")})
		return true
	})
	args.Field("changes").Elements(func(_ int, one record.Value) bool {
		adopt.Changes = append(adopt.Changes, engine.AdoptedChange{
			ID: one.Field("id").Str(), Model: one.Field("model").Str(), RecordID: one.Field("recordId").Str(),
			Operation: conflict.Operation(one.Field("operation").Str()), Fields: one.Field("fields"), Condition: one.Field("condition"),
			NewID: one.Field("newId").Bool(), Sent: one.Field("sent").Bool(), Unqueued: one.Field("unqueued").Bool(),
		})
		return true
	})
	return adopt
}

// outboxCall reads the calls that look at and act on what is queued.
func outboxCall(call engine.Call, operation string, args record.Value) engine.Event {
	id := args.Field("mutationId").Str()
	switch operation {
	case "outbox":
		return engine.Outbox{Call: call, Count: args.Field("count").Bool()}
	case "status":
		return engine.Status{Call: call, Model: args.Field("model").Str(), ID: args.Field("id").Str()}
	case "retry":
		return engine.Retry{Call: call, MutationID: id}
	case "edit":
		return engine.Edit{Call: call, MutationID: id, Fields: args.Field("fields")}
	case "discard":
		return engine.Discard{Call: call, MutationID: id, Dependants: args.Field("dependants").Str()}
	case "restore":
		return engine.Restore{Call: call}
	}
	return nil
}

// intField reads an integer argument, 0 when it is missing or not one.
func intField(args record.Value, name string) int {
	n, ok := args.Field(name).Int()
	if !ok {
		return 0
	}
	return int(n)
}
