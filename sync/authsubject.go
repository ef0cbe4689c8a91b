package sync

import (
	"hash/fnv"
	"strconv"

	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
)

// subjectKey names the meta entry with a hash of whose tokens a mode takes. clear() removes it.
func subjectKey(mode string) string { return "subject/" + mode }

// bindSubject reports whether a token may be used for this database. With a user configured, the
// database is the one of the first token's subject: somebody else's token would send this user's
// changes under another name (rule 12).
func (e *Engine) bindSubject(mode, subject string) bool {
	if e.config.User == "" || subject == "" || e.phase != ready {
		return true
	}
	h := fnv.New64a()
	h.Write([]byte(subject))
	now := strconv.FormatUint(h.Sum64(), 16)
	if bound := e.stage.Meta(subjectKey(mode)).Str(); bound != "" {
		return bound == now
	}
	e.commit(&store.Commit{Name: "meta", Meta: []store.MetaEntry{{Key: subjectKey(mode),
		Value: record.OfString(now)}}}, nil, nil)
	return true
}
