package door

const (
	foldCommits   = 50     // transactions between two Folds
	journalIdsMax = 20_000 // remembered to answer repeated saves
)
