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
// changes under another name (rule 12). Without a user it is noted whose they were last: clear() parks
// changes as theirs.
func (e *Engine) bindSubject(mode, subject string) bool {
	if subject == "" || e.phase != ready {
		return true
	}
	bound := e.stage.Meta(subjectKey(mode)).Str()
	if bound == subject || bound != "" && e.config.User != "" {
		return bound == subject
	}
	e.commit(&store.Commit{Name: "meta", Meta: []store.MetaEntry{{Key: subjectKey(mode),
		Value: record.OfString(subject)}}}, nil, nil)
	return true
}

// hashOfSubject keeps names out of the local database.
func hashOfSubject(subject string) string {
	if subject == "" {
		return ""
	}
	h := fnv.New64a()
	h.Write([]byte(subject))
	return strconv.FormatUint(h.Sum64(), 16)
}

// reader is who reads by a mode. Another reader sees other rows, so cursors and runs are not for them.
func (e *Engine) reader(mode string) string {
	if subject := e.auth.of(mode).subject; subject != "" {
		return mode + "/" + subject
	}
	return mode
}
