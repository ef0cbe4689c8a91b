// Package effect is what the engine asks its host to do, and the list of it that one event brings about.
//
// It answers no events. It owns the list and the numbers by which effects are answered, and touches nothing
// else. Every room puts its effects here, and the engine hands the list to the host.
package effect
