package config

// Auth modes: by whom a request is made. Each has a provider in some page, but apiKey may be a
// setting and none needs nothing.
const (
	ModeNone      = "none"
	ModeAPIKey    = "apiKey"
	ModeUserPools = "userPools"
	ModeOIDC      = "oidc"
	ModeFunction  = "function"
	ModeIAM       = "iam"
)

// ProvidedModes are the modes that a page may have a provider for, in the order in which the
// default is chosen among them.
var ProvidedModes = []string{ModeAPIKey, ModeUserPools, ModeOIDC, ModeFunction, ModeIAM}

// Operations of auth rules; "read" is get, list, sync and listen together.
const OperationRead = "read"
