package web

import (
	"net/netip"
	"sync"
	"time"
)

// What one address may do in a minute.
const (
	maxTries   = 10 // wrong overlay links
	maxCounted = 60 // clicks that count
)

// maxAddresses are told apart in a minute; those beyond share one allowance.
const maxAddresses = 1 << 16

// limiter counts what addresses do, minute by minute.
type limiter struct {
	most int

	mu     sync.Mutex // guards the rest
	minute int64
	counts map[netip.Prefix]int
}

func newLimiter(most int) *limiter { return &limiter{most: most, counts: map[netip.Prefix]int{}} }

// spent tells whether an address has no more to spend in this minute.
func (l *limiter) spent(addr netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[l.bucket(addr)] >= l.most
}

// take spends one, if there is one.
func (l *limiter) take(addr netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(addr)
	if l.counts[b] >= l.most {
		return false
	}
	l.counts[b]++
	return true
}

// bucket is what an address is counted in. One who has IPv6 has 2^64 addresses.
// The caller holds mu.
func (l *limiter) bucket(addr netip.Addr) netip.Prefix {
	if now := time.Now().Unix() / 60; now != l.minute {
		l.minute, l.counts = now, map[netip.Prefix]int{}
	}
	bits := 32
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		bits = 64
	}
	b, _ := addr.Prefix(bits) // fails for the zero Addr only, which has a bucket too
	if _, known := l.counts[b]; !known && len(l.counts) >= maxAddresses {
		return netip.Prefix{}
	}
	return b
}
