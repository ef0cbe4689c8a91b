package function

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// newClient makes a client that follows no redirects: an endpoint is where the configuration says.
func newClient() *http.Client {
	return &http.Client{
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// post sends the event as the body and takes the body of a 200 as the answer.
func (r *Runner) post(ctx context.Context, address string, event []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(event))
	if err != nil {
		return nil, &Error{Code: Missing, Function: address, Message: "this is no address; write one such as https://host/path", Cause: err}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "deltabase")
	response, err := r.client.Do(request)
	if err != nil {
		return nil, &Error{Code: Unreachable, Function: address, Message: "it cannot be reached: " + withoutAddress(err), Cause: err}
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, AnswerBytesMax+1))
	switch {
	case err != nil:
		return nil, &Error{Code: Unreachable, Function: address, Message: "its answer broke off: " + withoutAddress(err), Cause: err}
	case response.StatusCode != http.StatusOK:
		return nil, &Error{Code: Unreachable, Function: address, Message: fmt.Sprintf("it answered with status %d; 200 is expected", response.StatusCode)}
	case len(answer) > AnswerBytesMax:
		return nil, tooLargeAnswer(address)
	}
	return answer, nil
}

func tooLargeAnswer(name string) *Error {
	return &Error{Code: TooLarge, Function: name, Message: fmt.Sprintf("its answer is larger than %d bytes", AnswerBytesMax)}
}

// withoutAddress is an error of the client less the method and address that it repeats.
func withoutAddress(err error) string {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}
