package queue

const handoverRetryMs = 5_000 // after a failed transaction, until another app's changes are parked
