// Package config holds what configure() gave: the checked settings, and with the schema the Setup that every room of
// the engine reads.
//
// It answers Configure, by Parse. It owns the Setup, which only the engine replaces; the engine tells the other rooms
// when that begins their work anew.
package config
