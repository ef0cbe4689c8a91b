// Package canary holds the planted bugs by which the simulation proves that it finds bugs. Each is
// a name that some condition in the code asks for. In a normal build all of them are the constant
// false and the compiler removes them; with the build tag canary they are variables, of which Sing
// sets one. sim/canaries.go says what each breaks.
package canary
