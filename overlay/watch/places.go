package watch

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// How many pages may be open.
const (
	maxViewers       = 5000
	maxStreamViewers = 2000
	maxPartyViewers  = 250 // many share an address, at home and at phone companies
)

// How many new names are kept in a while: of one party more than twice as many as it
// may have pages open. Parties beyond those that are told apart share one allowance.
const (
	maxNames   = 600
	namesFor   = 10 * time.Minute
	maxParties = 1 << 16
)

var errTooMany = errors.New("too many new names from one address")

// partyOf is what stands for one who has an address: one who has IPv6 has 2^64.
func partyOf(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails for the zero Addr only, which has a party too
	return p
}

// places are those that pages take up.
type places struct {
	mu      sync.Mutex // guards the rest
	all     int
	streams map[string]int
	parties map[netip.Prefix]int
}

func newPlaces() *places {
	return &places{streams: map[string]int{}, parties: map[netip.Prefix]int{}}
}

// take takes a place, if there is one.
func (p *places) take(stream string, from netip.Prefix) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all >= maxViewers || p.streams[stream] >= maxStreamViewers || p.parties[from] >= maxPartyViewers {
		return false
	}
	p.all++
	p.streams[stream]++
	p.parties[from]++
	return true
}

func (p *places) leave(stream string, from netip.Prefix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all--
	if p.streams[stream]--; p.streams[stream] == 0 {
		delete(p.streams, stream)
	}
	if p.parties[from]--; p.parties[from] == 0 {
		delete(p.parties, from)
	}
}

// names counts the new names that are kept, for a while each time.
type names struct {
	mu     sync.Mutex // guards the rest
	since  time.Time
	counts map[netip.Prefix]int
}

func newNames() *names { return &names{counts: map[netip.Prefix]int{}} }

// take spends one, if there is one.
func (n *names) take(from netip.Prefix, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.since).Abs() >= namesFor {
		n.since, n.counts = now, map[netip.Prefix]int{}
	}
	if _, known := n.counts[from]; !known && len(n.counts) >= maxParties {
		from = netip.Prefix{}
	}
	if n.counts[from] >= maxNames {
		return false
	}
	n.counts[from]++
	return true
}
