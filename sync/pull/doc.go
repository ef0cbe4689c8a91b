// Package pull fetches the server's records: in rounds over all models, runs over the pages of one model, and deltas by
// polling where nothing is delivered live. It also takes the messages of subscriptions.
//
// It answers what the link tells it (link.Pulls): connected, subscribed, a message, a poll that is due; and the merge's
// questions about what is in the sync expressions (merge.Scope). It owns the rounds, the runs, the meta entries
// "cursor/Post" and "run/Post", and the list of rows that left a sync expression. It may use the commit door (by
// merges), timers, requests of the link and the reading modes of auth. It tells the app how far a sync is, and
// observers that a model is synced. It never looks at the outbox: push waits for the first round by itself.
package pull
