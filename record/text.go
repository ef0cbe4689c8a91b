package record

import (
	"bytes"
	"unicode/utf8"
)

func hasEscape(raw []byte) bool { return bytes.IndexByte(raw, '\\') >= 0 }

func nameIs(raw []byte, name string) bool {
	if len(raw) <= len(name) { // an escape is longer than the character that it stands for
		return string(raw) == name && !hasEscape(raw) // no allocation: the compiler compares in place
	}
	return hasEscape(raw) && nameOf(raw) == name
}

func nameOf(raw []byte) string {
	if !hasEscape(raw) {
		return string(raw)
	}
	return string(unescape(nil, raw, replaceHalf))
}

// unescape appends the unescaped text of raw, which lies between the quotes of a JSON string. It calls half for each
// surrogate without a partner.
func unescape(dst, raw []byte, half func(dst []byte, surrogate rune) []byte) []byte {
	for i := 0; i < len(raw); {
		if raw[i] != '\\' || i+1 >= len(raw) {
			dst = append(dst, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'u':
			var n int
			dst, n = unescapeUnicode(dst, raw[i:], half)
			i += n
			continue
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		default: // " \ /
			dst = append(dst, c)
		}
		i += 2
	}
	return dst
}

// unescapeUnicode appends the character of the \uXXXX escape, or pair of them, at the start of raw. It returns how many
// bytes it read.
func unescapeUnicode(dst, raw []byte, half func([]byte, rune) []byte) ([]byte, int) {
	r, ok := hexRune(raw)
	if !ok {
		return utf8.AppendRune(dst, utf8.RuneError), min(2, len(raw))
	}
	if r < 0xD800 || r > 0xDFFF {
		return utf8.AppendRune(dst, r), 6
	}
	if r < 0xDC00 {
		if low, ok := hexRune(raw[6:]); ok && low >= 0xDC00 && low <= 0xDFFF {
			return utf8.AppendRune(dst, (r-0xD800)<<10+(low-0xDC00)+0x10000), 12
		}
	}
	return half(dst, r), 6
}

// hexRune reads \uXXXX at the start of raw.
func hexRune(raw []byte) (rune, bool) {
	if len(raw) < 6 || raw[0] != '\\' || raw[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range raw[2:6] {
		n := hexDigit(c)
		if n < 0 {
			return 0, false
		}
		r = r<<4 | rune(n)
	}
	return r, true
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

func replaceHalf(dst []byte, _ rune) []byte { return utf8.AppendRune(dst, utf8.RuneError) }

// keepHalf writes the three bytes that UTF-8 would have for a surrogate if it allowed one, so that different halves
// stay different in a comparison. Such text never leaves the package.
func keepHalf(dst []byte, r rune) []byte {
	return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0xBF, 0x80|byte(r)&0xBF)
}

const hexDigits = "0123456789abcdef"

// AppendString appends s as a JSON string with quotes, valid UTF-8 (bad bytes become U+FFFD).
// The escapes are those of JavaScript's JSON.stringify.
func AppendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = appendEscape(append(dst, s[start:i]...), c)
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\t':
		return append(dst, '\\', 't')
	case '\r':
		return append(dst, '\\', 'r')
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
