package server

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/deltabase/deltabase/appsync"
)

// persisted are documents by their SHA-256, for clients that send the hash alone (automatic persisted
// queries). A client that meets a server without the document sends both once.
type persisted struct{ documents recent[string] }

func newPersisted() *persisted {
	return &persisted{recent[string]{entriesMax: CachedDocumentsMax, bytesMax: CachedDocumentBytesMax}}
}

// persistedNotFound is the answer by whose message and code clients know that they have to send the
// document.
const persistedNotFound = `{"data":null,"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`

// complete puts the document in the place of its hash, or keeps it for the next time. known is false
// when only the hash came and the document is not here.
func (p *persisted) complete(request *appsync.Request) (known bool, err error) {
	if request.Hash == "" {
		return true, nil
	}
	if request.Query == "" {
		request.Query, known = p.documents.get(request.Hash)
		return known, nil
	}
	if len(request.Query) > DocumentBytesMax {
		return true, nil // refused where documents are parsed
	}
	sum := sha256.Sum256([]byte(request.Query))
	if hex.EncodeToString(sum[:]) != request.Hash {
		return false, badRequest("\"extensions.persistedQuery.sha256Hash\" is not the SHA-256 of \"query\", in lower-case hexadecimal.")
	}
	p.documents.put(request.Hash, request.Query, len(request.Query))
	return true, nil
}
