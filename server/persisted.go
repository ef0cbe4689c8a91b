package server

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/deltabase/deltabase/appsync"
)

// persisted keeps documents by their SHA-256, for clients that send only the hash (automatic persisted queries). When
// the server does not have the document, the client sends both once.
type persisted struct{ documents recent[string] }

func newPersisted() *persisted {
	return &persisted{recent[string]{entriesMax: CachedDocumentsMax, bytesMax: CachedDocumentBytesMax}}
}

// persistedNotFound is the answer that makes clients send the document: they recognize its message and code.
const persistedNotFound = `{"data":null,"errors":[{"message":"PersistedQueryNotFound","extensions":{"code":"PERSISTED_QUERY_NOT_FOUND"}}]}`

// complete replaces a hash by its document, or keeps the document for the next time. known is false when only the hash
// came and the document is not kept here.
func (p *persisted) complete(request *appsync.Request) (known bool, err error) {
	if request.Hash == "" {
		return true, nil
	}
	if request.Query == "" {
		request.Query, known = p.documents.get(request.Hash)
		return known, nil
	}
	if len(request.Query) > DocumentBytesMax {
		return true, nil // refused later, where documents are parsed
	}
	sum := sha256.Sum256([]byte(request.Query))
	if hex.EncodeToString(sum[:]) != request.Hash {
		return false, badRequest("\"extensions.persistedQuery.sha256Hash\" is not the SHA-256 of \"query\", in lower-case hexadecimal.")
	}
	p.documents.put(request.Hash, request.Query, len(request.Query))
	return true, nil
}
