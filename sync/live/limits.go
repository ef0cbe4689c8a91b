package live

const (
	observersMax = 10_000
	// changesOneByOneMax is up to how many changes of one commit are looked for one by one in the result of a live
	// query whose filter leads to other models.
	changesOneByOneMax = 16
)
