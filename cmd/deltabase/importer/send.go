package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/conflict"
	"github.com/deltabase/deltabase/schema"
)

// Target is the server to write to.
type Target struct {
	Endpoint string // http(s)://host/graphql
	APIKey   string
	Client   *http.Client
}

// Report counts what happened.
type Report struct {
	Imported     int
	AlreadyThere int
}

// Write creates the records of a plan. It can be repeated after an error: records that are there
// are counted and left as they are.
func Write(ctx context.Context, s *schema.Schema, m *schema.Model, records []Record, to Target) (Report, error) {
	w := writer{schema: s, model: m, target: to, size: batchRecordsPlainMax}
	for len(records) > 0 {
		n := w.fits(records)
		if err := w.batch(ctx, records[:n]); err != nil {
			return w.report, fmt.Errorf("after %d of the records the import stopped; run the same command again, it goes on there: %w",
				w.report.Imported+w.report.AlreadyThere, err)
		}
		records = records[n:]
	}
	return w.report, nil
}

type writer struct {
	schema *schema.Schema
	model  *schema.Model
	target Target
	size   int // records in a batch, at most
	report Report
}

// fits returns how many of the records go into one request.
func (w *writer) fits(records []Record) int {
	const room = 400 // what a mutation takes besides its record
	size := 0
	for i, r := range records {
		size += len(r.Value.Text()) + room
		if i > 0 && (i == w.size || size > batchBytesMax) {
			return i
		}
	}
	return len(records)
}

func (w *writer) batch(ctx context.Context, records []Record) error {
	mutations := make([]appsync.Mutation, len(records))
	for i, r := range records {
		mutations[i] = appsync.Mutation{ID: mutationID(w.model.Name, r.ID), Model: w.model,
			Operation: conflict.Create, Input: r.Value}
	}
	request, keys := appsync.MutationRequest(w.schema, mutations)
	response, err := w.send(ctx, request.Body())
	if err != nil {
		return err
	}
	if response.Deltabase {
		w.size = batchRecordsMax
	}
	for i, key := range keys {
		if err := w.answer(response, key, records[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) answer(response appsync.Response, key string, r Record) error {
	if problems := response.ErrorsOf(key); len(problems) > 0 {
		if problems[0].Type == appsync.ConditionalCheckFailed {
			w.report.AlreadyThere++
			return nil
		}
		return fmt.Errorf("the server refuses the record %s: %s", r.ID, problems[0].Message)
	}
	switch {
	case response.Data.Field(key).IsNull() && len(response.Errors) > 0:
		return fmt.Errorf("the server refuses the request: %s", response.Errors[0].Message)
	case response.Data.Field(key).IsNull():
		return fmt.Errorf("the server did not answer for the record %s", r.ID)
	case response.Mutations[key] == "repeated":
		w.report.AlreadyThere++
	default:
		w.report.Imported++
	}
	return nil
}

// send posts a request, again when the network or the server fails for a moment: the mutations'
// ids make a repeat harmless.
func (w *writer) send(ctx context.Context, body []byte) (appsync.Response, error) {
	delay := retryDelayMin
	for attempt := 1; ; attempt++ {
		response, again, err := w.post(ctx, body)
		if err == nil || !again || attempt == attemptsMax || ctx.Err() != nil {
			return response, err
		}
		select {
		case <-ctx.Done():
			return response, errors.New("it was interrupted")
		case <-time.After(delay):
		}
		delay *= 2
	}
}

// post sends one request; again says whether sending it again may help.
func (w *writer) post(ctx context.Context, body []byte) (response appsync.Response, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.target.Endpoint, bytes.NewReader(body))
	if err == nil && (request.URL.Scheme != "http" && request.URL.Scheme != "https" || request.URL.Host == "") {
		err = errors.New("write http://HOST:PORT/graphql")
	}
	if err != nil {
		return response, false, fmt.Errorf("the endpoint %s is no address: %w", w.target.Endpoint, err)
	}
	request.Header.Set("Content-Type", "application/json")
	if w.target.APIKey != "" {
		request.Header.Set("x-api-key", w.target.APIKey)
	}
	answer, err := w.target.Client.Do(request)
	if err != nil {
		return response, true, fmt.Errorf("the server does not answer: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, responseBytesMax))
	if err != nil {
		return response, true, fmt.Errorf("the answer broke off: %w", err)
	}
	response, err = appsync.ParseResponse(text)
	again = answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests
	switch {
	case answer.StatusCode != http.StatusOK && err == nil && len(response.Errors) > 0:
		return response, again, fmt.Errorf("the server refuses with status %d: %s%s", answer.StatusCode, response.Errors[0].Message, advice(answer.StatusCode))
	case answer.StatusCode != http.StatusOK:
		return response, again, fmt.Errorf("the server refuses with status %d%s", answer.StatusCode, advice(answer.StatusCode))
	case err != nil:
		return response, false, fmt.Errorf("%s does not answer as a GraphQL endpoint does: %w", w.target.Endpoint, err)
	}
	return response, false, nil
}

// advice is what to look at when a server refuses all requests with this status.
func advice(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return " Check --api-key."
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "; check --endpoint, whose path is mostly /graphql"
	}
	return ""
}
