package effect

// Out collects what the host is to do, in order.
type Out struct {
	list   []Effect
	lastID uint64
}

// Emit adds an effect.
func (o *Out) Emit(one Effect) { o.list = append(o.list, one) }

// NextID is a new id, for an effect that the host will answer.
func (o *Out) NextID() uint64 {
	o.lastID++
	return o.lastID
}

// Take empties the list.
func (o *Out) Take() []Effect {
	list := o.list
	o.list = nil
	return list
}
