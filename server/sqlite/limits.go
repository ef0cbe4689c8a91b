package sqlite

// Limits of the back end.
const (
	// GroupMembersMax is how many updates share one transaction: more would make the first of them
	// wait for the others longer than for the disk.
	GroupMembersMax = 64
)
