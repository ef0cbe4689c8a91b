package app

// Events on the Hub's channel "datastore". They are part of the API: never renamed.
const (
	HubNetwork      = "networkStatus"
	HubSubscribed   = "storageSubscribed"
	HubOutbox       = "outboxStatus"
	HubStorage      = "storageStatus"
	HubEstablished  = "subscriptionsEstablished"
	HubSyncStarted  = "syncQueriesStarted"
	HubSyncProgress = "syncProgress"
	HubModelSynced  = "modelSynced"
	HubSyncReady    = "syncQueriesReady"
	HubPaused       = "syncPaused"
	HubReady        = "ready"
	HubPartial      = "nonApplicableDataReceived"
	HubEnqueued     = "outboxMutationEnqueued"
	HubProcessed    = "outboxMutationProcessed"
	HubSuperseded   = "outboxMutationSuperseded"
	HubFailed       = "outboxMutationFailed"
	HubUnsentParked = "unsent_parked"
)

// Marker is announced like them and is no Hub event, see sync.Announce.
const Marker = "marker"
