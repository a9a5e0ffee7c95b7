package web

import (
	"container/list"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// How many connections may be open. A browser has one or some, and many viewers
// share an address where their network has few; behind a proxy that is trusted,
// all do.
const (
	maxConns        = 4096
	maxAddressConns = 256
)

// door is a listener that bounds the connections that are open. When there are too
// many, the one on which nothing is asked for longest is turned out; when there is
// none, the new one is.
type door struct {
	net.Listener
	most, mostEach int
	trusted        func(netip.Addr) bool
	turned         *prometheus.CounterVec
	served         sync.WaitGroup // connections that the server has, and their handlers

	mu     sync.Mutex // guards the rest
	all    party
	each   map[netip.Prefix]*party
	closed bool // to those on which nothing has come
}

// party is who counts together.
type party struct {
	open int
	idle list.List // of *guest, the one longest idle first
}

// guest is a connection.
type guest struct {
	net.Conn
	door *door
	from netip.Prefix // not valid for a proxy that is trusted

	// The door's mu guards the rest.
	out     bool // it is not counted any more
	unused  bool // nothing has come on it
	idle    *list.Element
	idleOwn *list.Element // among those from the same address
}

// newDoor bounds ln.
func (s *Server) newDoor(ln net.Listener) *door {
	trusted := func(addr netip.Addr) bool { return isTrusted(addr, s.settings.Load().TrustedProxies) }
	return &door{
		Listener: ln, most: s.maxConns, mostEach: s.maxAddressConns, trusted: trusted,
		turned: s.metrics.turned, each: map[netip.Prefix]*party{},
	}
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g := &guest{Conn: conn, door: d, unused: true}
		if peer, err := netip.ParseAddrPort(conn.RemoteAddr().String()); err == nil && !d.trusted(peer.Addr().Unmap()) {
			g.from = bucketOf(peer.Addr())
		}
		out := d.enter(g)
		if out != nil {
			_ = out.Conn.Close()
		}
		if out != g {
			return g, nil
		}
	}
}

// enter lets a guest in, and returns who has to go for that, if anybody has.
func (d *door) enter(g *guest) (out *guest) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		g.out = true
		return g
	}
	switch own := d.each[g.from]; {
	case own != nil && own.open >= d.mostEach:
		out = d.turnOut(own, g, limitAddress)
	case d.all.open >= d.most:
		out = d.turnOut(&d.all, g, limitAll)
	}
	if g.out = out == g; !g.out {
		d.count(g, 1)
		d.rest(g)
	}
	return out
}

// turnOut makes room for a guest in a party, and returns who is turned out: the
// guest itself if all others are busy. The caller holds mu.
func (d *door) turnOut(p *party, g *guest, limit string) *guest {
	d.turned.WithLabelValues(limit).Inc()
	longest := p.idle.Front()
	if longest == nil {
		return g
	}
	out := longest.Value.(*guest)
	d.leave(out)
	return out
}

// count adds to how many are open. Of an address without a limit nobody keeps
// count, nor of one that has none. The caller holds mu.
func (d *door) count(g *guest, more int) {
	d.all.open += more
	if !g.from.IsValid() {
		return
	}
	own := d.each[g.from]
	if own == nil {
		own = &party{}
		d.each[g.from] = own
	}
	if own.open += more; own.open == 0 {
		delete(d.each, g.from)
	}
}

// rest notes that nothing is asked for on a connection from now on. The caller
// holds mu.
func (d *door) rest(g *guest) {
	g.idle = d.all.idle.PushBack(g)
	if own := d.each[g.from]; own != nil {
		g.idleOwn = own.idle.PushBack(g)
	}
}

// wake notes that something is. The caller holds mu.
func (d *door) wake(g *guest) {
	if g.idle == nil {
		return
	}
	d.all.idle.Remove(g.idle)
	if own := d.each[g.from]; own != nil {
		own.idle.Remove(g.idleOwn)
	}
	g.idle, g.idleOwn = nil, nil
}

// leave takes a guest off the count, once. The caller holds mu.
func (d *door) leave(g *guest) {
	if g.out {
		return
	}
	d.wake(g)
	g.out = true
	d.count(g, -1)
}

// Close implements net.Conn.
func (g *guest) Close() error {
	g.door.mu.Lock()
	g.door.leave(g)
	g.door.mu.Unlock()
	return g.Conn.Close()
}

// follow is told by the server what becomes of its connections.
func (d *door) follow(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		d.served.Add(1)
		return
	case http.StateClosed, http.StateHijacked:
		d.served.Done()
	}
	g := conn.(*guest)
	d.mu.Lock()
	defer d.mu.Unlock()
	if g.out {
		return
	}
	g.unused = false
	d.wake(g)
	if state == http.StateIdle {
		d.rest(g)
	}
}

// closeUnused closes connections on which nothing has come yet, and takes no more.
// Browsers open some in advance, and Shutdown would wait for them.
func (d *door) closeUnused() {
	d.mu.Lock()
	d.closed = true
	var unused []*guest
	for e := d.all.idle.Front(); e != nil; e = e.Next() {
		if g := e.Value.(*guest); g.unused {
			unused = append(unused, g)
		}
	}
	d.mu.Unlock()
	for _, g := range unused {
		_ = g.Close()
	}
}
