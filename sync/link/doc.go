// Package link is the way to the server: requests and their answers, the realtime socket with its
// subscriptions, whether the server can be reached, and what the platform's hints about that are worth.
//
// It answers Answered, SendFailed, SocketOpened, SocketMessage, SocketClosed, Online, Offline and Resumed, and
// asks for Send, OpenSocket, WriteSocket, CloseSocket and Cancel. It owns the requests under way, the socket,
// probes and the app's gate. It takes credentials from auth, and may touch no record and no queued change. Who
// made a request hears its answer; pulls and pushes hear by Pulls and Pushes when the connection begins, ends
// or stays in doubt, and what messages bring.
package link
