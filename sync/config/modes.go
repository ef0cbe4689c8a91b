package config

// Auth modes say with which credentials a request is made. Pages have providers for them; apiKey may be a setting
// instead, and none needs no credentials.
const (
	ModeNone      = "none"
	ModeAPIKey    = "apiKey"
	ModeUserPools = "userPools"
	ModeOIDC      = "oidc"
	ModeFunction  = "function"
	ModeIAM       = "iam"
)

// ProvidedModes are the modes that a page may have a provider for, in the order in which DefaultMode tries them.
var ProvidedModes = []string{ModeAPIKey, ModeUserPools, ModeOIDC, ModeFunction, ModeIAM}

// Operations of auth rules. "read" stands for get, list, sync and listen together.
const OperationRead = "read"
