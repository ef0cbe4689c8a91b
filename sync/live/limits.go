package live

const (
	observersMax = 10_000
	// affectedOneByOneMax is the most records to which a change of another model is followed one by one.
	affectedOneByOneMax = 200
	// changesOneByOneMax is the most changes of one commit that are placed one by one in the result of a live query
	// whose filter leads to other models. After more, the query is answered anew.
	changesOneByOneMax = 16
)
