package live

const (
	observersMax = 10_000
	// affectedOneByOneMax is how many records a change of others may be followed to one by one.
	affectedOneByOneMax = 200
	// changesOneByOneMax is up to how many changes of one commit are looked for one by one in the result of a live
	// query whose filter leads to other models.
	changesOneByOneMax = 16
)
