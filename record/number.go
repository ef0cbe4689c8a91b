package record

import "strconv"

// Float returns the value of a Number, 0 for anything else. A number beyond the range of a
// float64 is an infinity.
func (v Value) Float() float64 {
	if v.Kind() != Number {
		return 0
	}
	f, _ := strconv.ParseFloat(string(v.bytes()), 64) // on a range error f is the infinity
	return f
}

// Int returns the value of a Number that is an exact integer of 64 bits: 1, 1.0 and 1e3 are,
// 1.5, 1e-1 and 9223372036854775808 are not.
func (v Value) Int() (int64, bool) {
	if v.Kind() != Number {
		return 0, false
	}
	if n, err := strconv.ParseInt(string(v.bytes()), 10, 64); err == nil {
		return n, true
	}
	return decimalInt(v.bytes())
}

// decimalInt reads an integer that is written with a fraction or an exponent.
func decimalInt(text []byte) (int64, bool) {
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	var digits []byte
	exponent := 0
	for i, c := range text {
		if c == 'e' || c == 'E' {
			n, err := strconv.Atoi(string(text[i+1:]))
			if err != nil {
				n = 1 << 20 // too large for anything but zero
				if i+1 < len(text) && text[i+1] == '-' {
					n = -n
				}
			}
			exponent += n
			text = text[:i]
			break
		}
		if c != '.' {
			digits = append(digits, c)
		}
	}
	for i, c := range text {
		if c == '.' {
			exponent -= len(text) - i - 1
		}
	}
	return scaledInt(digits, exponent, negative)
}

// scaledInt is digits times ten to the exponent.
func scaledInt(digits []byte, exponent int, negative bool) (int64, bool) {
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		exponent++
	}
	if len(digits) == 0 {
		return 0, true
	}
	const int64Digits = 19
	if exponent < 0 || len(digits)+exponent > int64Digits {
		return 0, false
	}
	text := make([]byte, 0, int64Digits+1)
	if negative {
		text = append(text, '-')
	}
	text = append(text, digits...)
	for range exponent {
		text = append(text, '0')
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		return 0, false
	}
	return n, true
}

// equalNumbers compares by value. Integers are compared exactly, even beyond 2^53 and beyond 64 bits; other numbers as
// float64, as which every reader reads them.
func equalNumbers(a, b Value) bool {
	if string(a.text) == string(b.text) {
		return true
	}
	x, aInt := a.Int()
	y, bInt := b.Int()
	if aInt && bInt {
		return x == y
	}
	if plainInteger(a.bytes()) && plainInteger(b.bytes()) {
		return false // one text per integer: JSON has no leading zeros, and -0 is 0 by Int above
	}
	return a.Float() == b.Float()
}

func plainInteger(text []byte) bool {
	for _, c := range text {
		if c == '.' || c == 'e' || c == 'E' {
			return false
		}
	}
	return true
}
