package peer

import (
	"github.com/deltabase/deltabase/appsync"
	"github.com/deltabase/deltabase/record"
	"github.com/deltabase/deltabase/store"
	"github.com/deltabase/deltabase/sync/config"
	"github.com/deltabase/deltabase/sync/door"
)

// serverKey names the meta entry about the server. Keys that begin with "db/" survive a clear.
const serverKey = "db/server"

// Peer is the server at the endpoint.
type Peer struct {
	door  *door.Door
	setup *config.Setup

	refusesExtensions bool // it answered a request with extensions by an error
	probed            bool // since connecting, a page showed what kind of server this is
}

// New knows what the stage remembers.
func New(d *door.Door, setup *config.Setup) *Peer { return &Peer{door: d, setup: setup} }

// Kind of a server: ours announces itself in its responses.
type Kind uint8

const (
	Unknown Kind = iota
	Deltabase
	AppSync
)

// Kind is what the endpoint was last seen to be.
func (p *Peer) Kind() Kind {
	v := p.door.Stage.Meta(serverKey)
	switch {
	case v.Kind() != record.Object || v.Field("endpoint").Str() != p.setup.Config.Endpoint:
		return Unknown
	case v.Field("deltabase").Bool():
		return Deltabase
	}
	return AppSync
}

// IsPlain reports that exactly once can't be left to the server (rule 2).
func (p *Peer) IsPlain() bool { return p.Kind() != Deltabase }

// Reconnected begins to find out anew what the server is.
func (p *Peer) Reconnected() { p.probed, p.refusesExtensions = false, false }

// AnnounceUs leaves our extensions out of requests to a server that is known to be plain AppSync.
func (p *Peer) AnnounceUs(r *appsync.Request) {
	if p.refusesExtensions || p.Kind() == AppSync {
		r.Extensions = appsync.Extensions{}
	}
}

// AnnounceInPage is AnnounceUs for a page: the first ones of a connection ask a server that seemed to be
// plain once more. asked reports that the answer will tell what the server is.
func (p *Peer) AnnounceInPage(r *appsync.Request) (asked bool) {
	if p.probed || p.refusesExtensions {
		p.AnnounceUs(r)
	}
	return r.Extensions.Present || p.refusesExtensions
}

// MayTakeCursor reports a server that is not known to refuse our cursor.
func (p *Peer) MayTakeCursor() bool {
	return (!p.probed || p.Kind() != AppSync) && !p.refusesExtensions
}

// MayHaveRefused reports that extensions may be why a request was refused, for the first time on this
// connection: a server that does not know us may not know them either. They are left out from here on.
func (p *Peer) MayHaveRefused() bool {
	if p.refusesExtensions || p.Kind() == Deltabase {
		return false
	}
	p.refusesExtensions = true
	return true
}

// Learn notes what kind of server answered. Only a page that was asked for with our
// extensions tells that it is plain AppSync: to take our own server for one would give up
// exactly once.
func (p *Peer) Learn(r appsync.Response, askedForPage bool) {
	if !r.Deltabase && !askedForPage {
		return
	}
	p.probed = p.probed || askedForPage
	kind := AppSync
	if r.Deltabase {
		kind = Deltabase
	}
	if p.Kind() == kind {
		return
	}
	var b record.Builder
	b.SetString("endpoint", p.setup.Config.Endpoint)
	b.SetBool("deltabase", r.Deltabase)
	p.door.Commit(&store.Commit{Name: "meta", Meta: []store.MetaEntry{{Key: serverKey, Value: b.Object()}}}, nil, nil)
}
