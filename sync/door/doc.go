// Package door is the way of every change into the local database: staged, written in a transaction, and
// only then seen by queries, observers and replies. One transaction is in flight; what is staged
// meanwhile becomes the next one (group commit, rule 9). A failed transaction takes all later parts with
// it, because they were planned on top of it.
//
// It answers Committed and CommitFailed, and StorageLost with the engine. It owns the image, the stage,
// and the ids of the mutations that are on their way or ended. It tells each part's owner, and the engine
// (Host) what to write.
package door
