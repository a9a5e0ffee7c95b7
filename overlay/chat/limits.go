package chat

import (
	"net/netip"
	"time"
)

// allowance is how many things may be done: so many at once, and then at a rate.
type allowance struct {
	burst float64
	every time.Duration // one more
}

// What one viewer, one address and all together may do. Behind one address there
// may be a house full of viewers, or all customers of a mobile network; but new
// viewers do not come from it by the second.
var (
	perViewer   = allowance{5, time.Second}
	perAddress  = allowance{30, 100 * time.Millisecond}
	newcomers   = allowance{20, 3 * time.Second} // first messages from one address
	perRoom     = allowance{200, 10 * time.Millisecond}
	idleViewer  = time.Hour // until a viewer is forgotten who has not written
	idleAddress = MaxSlow   // and an address: its allowances are whole again, and nobody waits for it
)

const (
	maxViewers   = 20_000 // who are told apart in one room
	maxAddresses = 20_000
)

// bucket holds what is left of an allowance.
type bucket struct {
	left float64
	at   time.Time // zero: it is full
}

// take takes one out, or says when there will be one.
func (b *bucket) take(a allowance, now time.Time) (wait time.Duration, ok bool) {
	if b.at.IsZero() {
		b.left = a.burst
	} else {
		b.left = min(a.burst, b.left+float64(max(0, now.Sub(b.at)))/float64(a.every))
	}
	b.at = now
	if b.left < 1 {
		return time.Duration((1 - b.left) * float64(a.every)), false
	}
	b.left--
	return 0, true
}

// neighbourhood is what an address is counted in: one who has IPv6 has 2^64
// addresses.
func neighbourhood(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // fails for the zero Addr only, which is one, too
	return p
}
