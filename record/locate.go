package record

// Place is the value of a field and the offset of that value in the text of its object. The zero Place stands for a
// field that is not there.
type Place struct {
	Value  Value
	Offset int // bytes
}

// Locate reads several fields of an Object in one pass: places[i] is that of names[i]. A field that is not there gets a
// zero Place; so does every field when v is not an Object.
func Locate(v Value, names []string, places []Place) {
	clear(places[:len(names)])
	missing := len(names)
	for w := walk(v, Object); missing > 0; {
		raw, value, ok := w.field()
		if !ok {
			return
		}
		for i, name := range names {
			if nameIs(raw, name) && !places[i].Value.Exists() {
				places[i] = Place{value, w.at - len(value.text)}
				missing--
			}
		}
	}
}
