package server_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/deltabase/deltabase/server"
)

// functionAnswer is what the conflict function of a script says, and what happens before it does.
type functionAnswer struct {
	meanwhile []string
	text      string
	given     bool
}

func (w *world) function(word, rest string) {
	if word == "events" {
		w.events = true
		return
	}
	n := len(w.answers)
	if n == 0 || w.answers[n-1].given {
		w.answers, n = append(w.answers, functionAnswer{}), n+1
	}
	if next := &w.answers[n-1]; word == "answer" {
		next.text, next.given = rest, true
	} else {
		next.meanwhile = append(next.meanwhile, rest)
	}
}

// decide shows a question and gives the script's next answer.
func (w *world) decide(need *server.NeedDecision) server.Decision {
	fmt.Fprintf(&w.out, "asks %s: %s %s v%d round %d\n", need.Function, need.Model, need.RecordID, need.Version, need.Round)
	if w.events {
		fmt.Fprintf(&w.out, "%s\n", need.Event)
	}
	if len(w.answers) == 0 {
		return server.Decision{Err: errors.New("the script has no answer")}
	}
	next := w.answers[0]
	w.answers = w.answers[1:]
	for _, command := range next.meanwhile {
		w.command(command)
	}
	if reason, failed := strings.CutPrefix(next.text, "!"); failed {
		return server.Decision{Err: errors.New(reason)}
	}
	return server.Decision{Answer: []byte(next.text)}
}
