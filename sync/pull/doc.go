// Package pull fetches what the server has: rounds over all models, runs over the pages of one, deltas by
// polling where nothing is heard live, and the messages of subscriptions.
//
// It answers what the link tells (link.Pulls): connected, subscribed, a message, a poll that is due; and the
// merge's questions about what is in scope (merge.Scope). It owns the rounds, the runs, the meta entries
// "cursor/Post" and "run/Post" and what left the sync expression. It may touch the commit door (by merges),
// timers, requests of the link and the reading modes of auth. It tells the app how far it is, and observers
// that a model is synced. It never asks about the outbox: that comes after the first round by itself.
package pull
