// Package door is the only way by which changes reach the local database: they are staged, then written in a
// transaction, and only then seen by queries, observers and replies. One transaction is under way at a time; what is
// staged meanwhile becomes the next one (group commit, rule 9). When a transaction fails, everything staged after it
// fails too, because it was planned on top of it.
//
// It answers Committed and CommitFailed, and with the engine StorageLost. It owns the image, the stage, and the ids of
// the mutations that are under way or have ended. It tells the owner of each part what became of it, and the engine
// (Host) what to write.
package door
