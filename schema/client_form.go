package schema

import (
	"strings"

	"github.com/deltabase/deltabase/record"
)

// clientForm reports whether a value of the right JavaScript type has the form that the Amplify
// client asks of a scalar. It looks at the shape only (2024-13-45 is a date to it); the server is
// stricter, see CheckScalar.
func clientForm(scalar Scalar, v record.Value) bool {
	switch scalar {
	case AWSDate:
		rest, ok := skipDate(v.Str())
		return ok && zone(rest)
	case AWSTime:
		rest, ok := skipTime(v.Str())
		return ok && zone(rest)
	case AWSDateTime:
		rest, ok := skipDate(v.Str())
		if !ok || !strings.HasPrefix(rest, "T") {
			return false
		}
		rest, ok = skipTime(rest[1:])
		return ok && zone(rest)
	case AWSTimestamp:
		n, ok := v.Int()
		return ok && n >= 0
	case AWSEmail:
		return email(v.Str())
	case AWSJSON:
		return v.Kind() != record.String || isJSON(v.Str())
	case AWSURL:
		return url(v.Str())
	case AWSPhone:
		return phoneShape(v.Str())
	case AWSIPAddress:
		return ipv4(v.Str()) || ipv6(v.Str())
	}
	return true
}

func isJSON(text string) bool {
	_, err := record.Parse([]byte(text))
	return err == nil
}

// skipPattern compares s with a pattern in which 0 stands for a digit, and returns what follows.
func skipPattern(s, pattern string) (rest string, ok bool) {
	if len(s) < len(pattern) {
		return s, false
	}
	for i := range len(pattern) {
		if pattern[i] == '0' {
			if !isDigit(s[i]) {
				return s, false
			}
		} else if s[i] != pattern[i] {
			return s, false
		}
	}
	return s[len(pattern):], true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func skipDate(s string) (string, bool) { return skipPattern(s, "0000-00-00") }

// skipTime reads hh:mm[:ss[.fraction]].
func skipTime(s string) (string, bool) {
	rest, ok := skipPattern(s, "00:00")
	if !ok {
		return s, false
	}
	seconds, ok := skipPattern(rest, ":00")
	if !ok {
		return rest, true
	}
	if fraction := skipFraction(seconds); fraction != seconds {
		return fraction, true
	}
	return seconds, true
}

// skipFraction reads a point and digits; without a digit it reads nothing.
func skipFraction(s string) string {
	if len(s) < 2 || s[0] != '.' || !isDigit(s[1]) {
		return s
	}
	i := 1
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[i:]
}

// zone reports whether s is nothing, Z or an offset.
func zone(s string) bool { return s == "" || offset(s) }

// offset reports whether s is Z, ±hh:mm or ±hh:mm:ss.
func offset(s string) bool {
	if s == "Z" {
		return true
	}
	if s == "" || s[0] != '+' && s[0] != '-' {
		return false
	}
	rest, ok := skipPattern(s[1:], "00:00")
	if !ok {
		return false
	}
	if rest == "" {
		return true
	}
	rest, ok = skipPattern(rest, ":00")
	return ok && rest == ""
}

// email follows the HTML standard's pattern for input type=email.
func email(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" {
		return false
	}
	for i := range len(local) {
		c := local[i]
		if !isLetter(c) && !isDigit(c) && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", rune(c)) {
			return false
		}
	}
	for label := range strings.SplitSeq(domain, ".") {
		if !hostLabel(label) {
			return false
		}
	}
	return true
}

func hostLabel(label string) bool {
	const labelMax = 63
	if label == "" || len(label) > labelMax || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if c := label[i]; !isLetter(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return true
}

// url reports whether s is an absolute URL: a scheme, and for the schemes of the web a host.
func url(s string) bool {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	switch strings.ToLower(scheme) {
	case "http", "https", "ws", "wss", "ftp":
		host := strings.TrimLeft(rest, "/")
		if end := strings.IndexAny(host, "/?#"); end >= 0 {
			host = host[:end]
		}
		return host != "" && !strings.ContainsAny(host, " \t\n<>^|%\"{}`")
	}
	return true
}

// phoneShape is an optional +, a digit, then one or more digits, spaces or hyphens.
func phoneShape(s string) bool {
	s = strings.TrimPrefix(s, "+")
	if len(s) < 2 || !isDigit(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isDigit(s[i]) && s[i] != ' ' && s[i] != '-' {
			return false
		}
	}
	return true
}

// ipv4 is four numbers of 0 to 255.
func ipv4(s string) bool {
	count := 0
	for part := range strings.SplitSeq(s, ".") {
		if count++; count > 4 || number(part, 255) < 0 || len(part) > 1 && part[0] == '0' {
			return false
		}
	}
	return count == 4
}

// number reads a decimal number of at most max, -1 when s is none.
func number(s string, max int) int {
	if s == "" || len(s) > 4 {
		return -1
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > max {
		return -1
	}
	return n
}

// ipv6 is eight groups of up to four hex digits, one run of zero groups as "::", the last two
// groups possibly as an IPv4 address.
func ipv6(s string) bool {
	left, right, short := strings.Cut(s, "::")
	if strings.Contains(right, "::") {
		return false
	}
	n := ipv6Groups(left, !short)
	m := ipv6Groups(right, true)
	if n < 0 || m < 0 {
		return false
	}
	if short {
		return n+m <= 7
	}
	return n == 8
}

func ipv6Groups(s string, mayEndInIPv4 bool) int {
	if s == "" {
		return 0
	}
	groups := strings.Split(s, ":")
	count := len(groups)
	for i, g := range groups {
		if i == len(groups)-1 && mayEndInIPv4 && ipv4(g) {
			count++
			break
		}
		if len(g) == 0 || len(g) > 4 || strings.Trim(g, "0123456789abcdefABCDEF") != "" {
			return -1
		}
	}
	return count
}
