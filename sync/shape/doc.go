// Package shape is what the engine derives from each model of a schema, once: which fields the app may
// set, whom foreign keys lead to, who owns whom.
//
// It answers no events and owns no state: a shape never changes. It may touch the schema only.
package shape
