// Package fmt stands in for the standard library's fmt in the page's module, where only
// go-indexeddb uses it, for error texts. With log it would be a tenth of the download (measured:
// 80 kB brotli). js/build.mjs puts it in place with go build -overlay; nothing imports it by this
// path. It has what go-indexeddb calls: verbs print a value's text, flags and widths are skipped.
package fmt

import (
	"errors"
	"strconv"
)

// State and Formatter are here for a method of go-indexeddb's errors, which nothing calls.
type State interface {
	Write(b []byte) (n int, err error)
	Width() (wid int, ok bool)
	Precision() (prec int, ok bool)
	Flag(c int) bool
}

type Formatter interface{ Format(f State, verb rune) }

type Stringer interface{ String() string }

type writer interface {
	Write(b []byte) (n int, err error)
}

// wrapped is an error made from another one.
type wrapped struct {
	text string
	err  error
}

func (w *wrapped) Error() string { return w.text }
func (w *wrapped) Unwrap() error { return w.err }

// Errorf makes an error; it unwraps to the first error among the values.
func Errorf(format string, values ...any) error {
	text := Sprintf(format, values...)
	for _, v := range values {
		if err, ok := v.(error); ok {
			return &wrapped{text, err}
		}
	}
	return errors.New(text)
}

// Sprintf puts the texts of the values in the place of the verbs, in order.
func Sprintf(format string, values ...any) string {
	var out []byte
	next := 0
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			out = append(out, format[i])
			continue
		}
		for i++; i < len(format) && isFlag(format[i]); i++ {
		}
		switch {
		case i < len(format) && format[i] == '%':
			out = append(out, '%')
		case next < len(values):
			out = append(out, textOf(values[next])...)
			next++
		default:
			out = append(out, "%!(missing)"...)
		}
	}
	return string(out)
}

func isFlag(c byte) bool {
	return c == '+' || c == '-' || c == '#' || c == ' ' || c == '.' || '0' <= c && c <= '9'
}

// Sprint joins the texts of the values.
func Sprint(values ...any) string {
	text := ""
	for _, v := range values {
		text += textOf(v)
	}
	return text
}

func Fprintf(w writer, format string, values ...any) (int, error) {
	return w.Write([]byte(Sprintf(format, values...)))
}

func Fprint(w writer, values ...any) (int, error) { return w.Write([]byte(Sprint(values...))) }

func textOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "<nil>"
	case error:
		return v.Error()
	case Stringer:
		return v.String()
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint:
		return strconv.FormatUint(uint64(v), 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	}
	return "a value without a text"
}
