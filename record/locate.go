package record

// Place is a field's value and where its text begins in the text of its object. The zero Place is
// a field that is not there.
type Place struct {
	Value  Value
	Offset int // bytes
}

// Locate reads several fields of an Object in one pass: places[i] is that of names[i]. Fields that
// are not there, and all of them when v is no Object, give zero Places.
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
