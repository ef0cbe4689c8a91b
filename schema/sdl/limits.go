package sdl

// How much of a file is read and reported.
const (
	tokensMax  = 1_000_000
	errorsMax  = 100 // further ones are cut off
	noticesMax = 1_000
)
