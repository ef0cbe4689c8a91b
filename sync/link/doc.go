// Package link connects to the server: it sends requests, keeps the realtime socket with its subscriptions, and finds
// out whether the server can be reached. It decides how far to trust what the platform says about that.
//
// It answers Answered, SendFailed, SocketOpened, SocketMessage, SocketClosed, Online, Offline and Resumed, and puts out
// Send, OpenSocket, WriteSocket, CloseSocket and Cancel. It owns the requests under way, the socket, probes and the
// app's gate. It takes credentials from auth, and may touch no record and no queued change. It gives each answer to the
// room that made the request. By Pulls and Pushes it tells pull and push when the connection begins, ends or is in
// doubt, and what messages bring.
package link
