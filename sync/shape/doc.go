// Package shape holds what the engine derives once from each model of a schema: which fields the app may set, where
// foreign keys lead, and which models own others.
//
// It answers no events and owns no state, because a shape never changes. It uses nothing but the schema.
package shape
