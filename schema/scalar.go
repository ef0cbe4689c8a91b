package schema

import (
	"math"
	"strconv"
	"strings"

	"github.com/deltabase/deltabase/record"
)

// CheckScalar reports whether a non-null value has the form of a scalar (the server's rules,
// stricter than the client's). reason is empty when it has, else a sentence.
// An ID may be an integer, which GraphQL turns into its text.
func CheckScalar(scalar Scalar, v record.Value) (reason string) {
	switch scalar {
	case Int:
		if n, ok := v.Int(); !ok || n < math.MinInt32 || n > math.MaxInt32 {
			return "An Int is a whole number from -2147483648 to 2147483647."
		}
		return ""
	case AWSTimestamp:
		if _, ok := v.Int(); !ok {
			return "An AWSTimestamp is a whole number of 64 bits."
		}
		return ""
	case Float:
		if v.Kind() != record.Number || math.IsInf(v.Float(), 0) {
			return "A Float is a number in the range of 64-bit floating point."
		}
		return ""
	case Boolean:
		if v.Kind() != record.Bool {
			return "A Boolean is true or false."
		}
		return ""
	case ID:
		if _, ok := v.Int(); ok {
			return ""
		}
	}
	if v.Kind() != record.String {
		return article(scalar) + " is a string."
	}
	if v.Unpaired() {
		return "The string holds half of a surrogate pair; send complete characters."
	}
	return checkText(scalar, v.Str())
}

func article(scalar Scalar) string {
	if scalar == String {
		return "A String"
	}
	return "An " + string(scalar)
}

func checkText(scalar Scalar, s string) string {
	switch scalar {
	case AWSDate:
		if rest, ok := realDate(s); !ok || rest != "" && !realOffset(rest) {
			return "An AWSDate is an existing day written YYYY-MM-DD, with an optional offset such as Z or +01:00."
		}
	case AWSTime:
		if rest, ok := realTime(s); !ok || rest != "" && !realOffset(rest) {
			return "An AWSTime is written hh:mm:ss.sss from 00:00 to 23:59:59.999999999, with an optional offset."
		}
	case AWSDateTime:
		if !realDateTime(s) {
			return "An AWSDateTime is written YYYY-MM-DDThh:mm:ss.sssZ; its offset (Z or such as +01:00) is required."
		}
	case AWSEmail:
		if !email(s) {
			return "An AWSEmail is written local@domain."
		}
	case AWSJSON:
		if !isJSON(s) {
			return "An AWSJSON is a string that holds valid JSON; encode the value with JSON.stringify first."
		}
	case AWSURL:
		if !serverURL(s) {
			return "An AWSURL begins with a scheme such as https: or mailto: and has no empty segment (//) in its path."
		}
	case AWSPhone:
		if !phone(s) {
			return "An AWSPhone is groups of digits with spaces or hyphens between them, with an optional + and country code."
		}
	case AWSIPAddress:
		if !ipAddress(s) {
			return "An AWSIPAddress is an IPv4 or IPv6 address without brackets, with an optional prefix length such as /24."
		}
	}
	return ""
}

func realDate(s string) (rest string, ok bool) {
	rest, ok = skipDate(s)
	if !ok {
		return s, false
	}
	year, month, day := number(s[0:4], 9999), number(s[5:7], 12), number(s[8:10], 31)
	if month < 1 || day < 1 || day > daysIn(year, month) {
		return s, false
	}
	return rest, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func realTime(s string) (rest string, ok bool) {
	rest, ok = skipTime(s)
	if !ok || number(s[0:2], 23) < 0 || number(s[3:5], 59) < 0 {
		return s, false
	}
	read := s[:len(s)-len(rest)]
	if len(read) >= 8 && number(read[6:8], 59) < 0 {
		return s, false
	}
	const longest = len("hh:mm:ss.123456789")
	return rest, len(read) <= longest
}

func realOffset(s string) bool {
	if !offset(s) {
		return false
	}
	const hoursMax = 18 // as java.time, which AppSync reads dates with
	return s == "Z" || number(s[1:3], hoursMax) >= 0 && number(s[4:6], 59) >= 0 &&
		(len(s) == 6 || number(s[7:9], 59) >= 0)
}

func realDateTime(s string) bool {
	rest, ok := realDate(s)
	if !ok || !strings.HasPrefix(rest, "T") {
		return false
	}
	rest, ok = realTime(rest[1:])
	return ok && realOffset(rest)
}

func serverURL(s string) bool {
	if !url(s) || strings.ContainsAny(s, " \t\n\r") {
		return false
	}
	_, rest, _ := strings.Cut(s, ":")
	path := strings.TrimPrefix(rest, "//")
	if end := strings.IndexAny(path, "?#"); end >= 0 {
		path = path[:end]
	}
	return rest != "" && !strings.Contains(path, "//")
}

// phone counts digits besides the shape: an international number has 7 to 15, a North American
// one 7 (without its area), 10, or 11 with its leading 1.
func phone(s string) bool {
	if !phoneShape(s) || !isDigit(s[len(s)-1]) {
		return false
	}
	digits := 0
	for i := range len(s) {
		if isDigit(s[i]) {
			digits++
		}
	}
	if s[0] == '+' {
		return digits >= 7 && digits <= 15
	}
	return digits == 7 || digits == 10 || digits == 11 && s[0] == '1'
}

func ipAddress(s string) bool {
	address, prefix, hasPrefix := strings.Cut(s, "/")
	bits := 0
	switch {
	case ipv4(address):
		bits = 32
	case ipv6(address):
		bits = 128
	default:
		return false
	}
	if !hasPrefix {
		return true
	}
	n := number(prefix, bits)
	return n >= 0 && prefix == strconv.Itoa(n)
}
