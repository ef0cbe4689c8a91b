// Package effect describes what the engine asks its host to do, and holds the list of effects of one event.
//
// It answers no events. It owns the list and the numbers by which effects are answered, and touches nothing
// else. Every room puts its effects here, and the engine hands the list to the host.
package effect
