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

	refusesExtensions bool // it answered a request with extensions with an error
	probed            bool // since connecting, a page has shown what kind of server this is
}

// New makes a Peer that knows what the stage remembers.
func New(d *door.Door, setup *config.Setup) *Peer { return &Peer{door: d, setup: setup} }

// Kind tells our servers from others: ours name themselves in their responses.
type Kind uint8

const (
	Unknown Kind = iota
	Deltabase
	AppSync
)

// Kind is what the endpoint last turned out to be.
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

// IsPlain reports whether exactly once can't be left to the server (rule 2): it is plain AppSync, or not known yet.
func (p *Peer) IsPlain() bool { return p.Kind() != Deltabase }

// Reconnected makes the next pages find out anew what kind of server this is.
func (p *Peer) Reconnected() { p.probed, p.refusesExtensions = false, false }

// AnnounceUs removes our extensions from a request to a server that is plain AppSync or refuses them.
func (p *Peer) AnnounceUs(r *appsync.Request) {
	if p.refusesExtensions || p.Kind() == AppSync {
		r.Extensions = appsync.Extensions{}
	}
}

// AnnounceInPage is AnnounceUs for the request of a page. The first ones of a connection carry the extensions even if
// the server seemed plain. asked says that the answer will show what the server is.
func (p *Peer) AnnounceInPage(r *appsync.Request) (asked bool) {
	if p.probed || p.refusesExtensions {
		p.AnnounceUs(r)
	}
	return r.Extensions.Present || p.refusesExtensions
}

// MayTakeCursor reports whether the server may take our cursor: it is not known to refuse it.
func (p *Peer) MayTakeCursor() bool {
	return (!p.probed || p.Kind() != AppSync) && !p.refusesExtensions
}

// MayHaveRefused reports whether a request may have been refused because of our extensions, the first time on this
// connection: an unknown kind of server may not know them. Later requests leave them out.
func (p *Peer) MayHaveRefused() bool {
	if p.refusesExtensions || p.Kind() == Deltabase {
		return false
	}
	p.refusesExtensions = true
	return true
}

// Learn notes what kind of server answered. Only a page that was asked for with our extensions can show that it is
// plain AppSync. Taking one of our own servers for AppSync would give up exactly once.
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
