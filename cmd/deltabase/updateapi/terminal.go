package updateapi

import (
	"errors"
	"fmt"
	"io"

	"github.com/charmbracelet/huh"
)

// ErrAborted is returned when a question is left with Ctrl+C.
var ErrAborted = errors.New("nothing was changed: the questions were not answered")

// Terminal asks with arrow keys. Each answer stays on the screen as a line.
type Terminal struct {
	In  io.Reader
	Out io.Writer
}

func (t Terminal) run(field huh.Field) error {
	err := huh.NewForm(huh.NewGroup(field)).WithInput(t.In).WithOutput(t.Out).WithShowHelp(true).Run()
	if errors.Is(err, huh.ErrUserAborted) {
		return ErrAborted
	}
	return err
}

func (t Terminal) said(title string, answer any) { fmt.Fprintf(t.Out, "? %s  %v\n", title, answer) }

// Choose asks for one of the options.
func (t Terminal) Choose(title string, options []string, preset string) (string, error) {
	answer := preset
	err := t.run(huh.NewSelect[string]().Title(title).Options(huh.NewOptions(options...)...).Value(&answer))
	if err == nil {
		t.said(title, answer)
	}
	return answer, err
}

// Pick asks for any number of the options, in their order.
func (t Terminal) Pick(title string, options, preset []string) ([]string, error) {
	answer := append([]string(nil), preset...)
	err := t.run(huh.NewMultiSelect[string]().Title(title).Options(huh.NewOptions(options...)...).Value(&answer))
	if err == nil {
		t.said(title, answer)
	}
	return answer, err
}

// Confirm asks yes or no.
func (t Terminal) Confirm(title string, preset bool) (bool, error) {
	answer := preset
	err := t.run(huh.NewConfirm().Title(title).Value(&answer))
	if err == nil {
		word := "no"
		if answer {
			word = "yes"
		}
		t.said(title, word)
	}
	return answer, err
}

// Text asks for a line; check says what is wrong with it.
func (t Terminal) Text(title, preset string, check func(string) error) (string, error) {
	answer := preset
	err := t.run(huh.NewInput().Title(title).Value(&answer).Validate(check))
	if err == nil {
		t.said(title, answer)
	}
	return answer, err
}
