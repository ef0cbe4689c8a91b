package server

import (
	"fmt"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
)

// A multiplexed subscription stands for a plain one for each operation of each of its models, all under one id. The
// same code decides about rights, filters and the contents of events.

var maxModels = fmt.Sprintf("Max number of %d models of a connection reached", ModelsPerSocketMax)

// prepareMultiplexed is prepare for a multiplexed subscription. A refused model does not keep the others from being
// delivered.
func (s *Server) prepareMultiplexed(call Call, f appsync.Frame) (*subscription, []appsync.Error) {
	models, authorization, err := appsync.ParseMultiplex(f)
	if err != nil {
		return nil, []appsync.Error{{Type: "BadRequestException", Message: err.Error(), Code: 400}}
	}
	if call.Caller, err = s.Authenticate(CredentialsOf(authorization), call.NowMs); err != nil {
		return nil, startErrors(err)
	}
	whole := &subscription{caller: call.Caller, ours: true, multiplexed: true}
	known := map[string]bool{}
	for _, one := range models {
		errs := []appsync.Error{{Type: "MaxSubscriptionsReachedError", Message: maxModels}}
		if whole.models < ModelsPerSocketMax {
			errs = s.join(call, whole, one, known)
		}
		if errs != nil {
			whole.refused = append(whole.refused, appsync.RefusedModel{Model: one.Model, Errors: errs})
		}
	}
	return whole, s.atEnd(call, whole)
}

// join adds the operations of a model.
func (s *Server) join(call Call, whole *subscription, one appsync.Listening, known map[string]bool) []appsync.Error {
	first, errs := s.listening(call, one.Query, one.Variables)
	if errs != nil {
		return errs
	}
	if first.topic.model != one.Model || known[one.Model] {
		return []appsync.Error{{Type: "BadRequestException", Code: 400,
			Message: fmt.Sprintf("The document of %q listens to %q, or the model is named twice.", one.Model, first.topic.model)}}
	}
	known[one.Model] = true
	first.ours, first.multiplexed = true, true
	whole.bytes += first.bytes
	whole.models++
	model, shared := s.schema.Model(first.topic.model), first.shared
	first.bytes = 0
	for _, operation := range []conflict.Operation{conflict.Create, conflict.Update, conflict.Delete} {
		name := appsync.SubscriptionField(model, operation)
		if _, offered := s.api.fields[name]; !offered {
			continue
		}
		member := *first // the operations share one shape and one caller
		member.key, member.topic.operation = name, operation
		if member.topic.model = model.Name; shared != "" {
			member.shared = string(operation) + shared
		}
		whole.members = append(whole.members, &member)
	}
	return nil
}

// models counts the models in a connection's multiplexed subscriptions.
func (c *connected) models() int {
	sum := 0
	for _, s := range c.subscriptions {
		sum += s.models
	}
	return sum
}
