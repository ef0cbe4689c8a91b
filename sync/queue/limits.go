package queue

const handoverRetryMs = 5_000 // until another app's changes are parked after a failed transaction
