package appsync

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// md5Hex is the MD5 (RFC 1321) of a name, as hex digits. It serves for names and protects nothing. crypto/md5 would add
// 100 kB to the page's module.
func md5Hex(text string) string {
	message := append([]byte(text), 0x80)
	for len(message)%64 != 56 {
		message = append(message, 0)
	}
	message = binary.LittleEndian.AppendUint64(message, uint64(len(text))*8)
	state := [4]uint32{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}
	for block := message; len(block) > 0; block = block[64:] {
		md5Block(&state, block[:64])
	}
	const digits = "0123456789abcdef"
	var hex []byte
	for _, word := range state {
		for range 4 {
			hex = append(hex, digits[word>>4&15], digits[word&15])
			word >>= 8
		}
	}
	return string(hex)
}

var md5Shifts = [4][4]int{{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}

func md5Block(state *[4]uint32, block []byte) {
	a, b, c, d := state[0], state[1], state[2], state[3]
	for i := range 64 {
		var mix uint32
		word := i
		switch i / 16 {
		case 0:
			mix = b&c | ^b&d
		case 1:
			mix, word = d&b|^d&c, 5*i+1
		case 2:
			mix, word = b^c^d, 3*i+5
		default:
			mix, word = c^(b|^d), 7*i
		}
		constant := uint32(math.Abs(math.Sin(float64(i+1))) * (1 << 32))
		sum := a + mix + constant + binary.LittleEndian.Uint32(block[word%16*4:])
		a, d, c, b = d, c, b, b+bits.RotateLeft32(sum, md5Shifts[i/16][i%4])
	}
	state[0] += a
	state[1] += b
	state[2] += c
	state[3] += d
}
