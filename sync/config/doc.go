// Package config is what configure() gave: the settings, checked, and with the schema the Setup that all
// rooms of the engine work by.
//
// It answers Configure, by Parse. It owns the Setup, which the engine alone replaces; the engine tells
// the others when that begins their work anew.
package config
