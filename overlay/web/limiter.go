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

// maxAddresses are told apart in a minute, and of those beyond maxNetworks; those
// beyond these share one allowance.
const (
	maxAddresses = 1 << 16
	maxNetworks  = 1 << 16
)

// limiter counts what addresses do, minute by minute.
type limiter struct {
	most int

	mu     sync.Mutex // guards the rest
	minute int64
	counts map[netip.Prefix]int
}

func newLimiter(most int) *limiter { return &limiter{most: most, counts: map[netip.Prefix]int{}} }

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

// bucket is what an address is counted in. When there are too many, new ones are
// counted by networks: who has many addresses does not spend what others have. The
// caller holds mu.
func (l *limiter) bucket(addr netip.Addr) netip.Prefix {
	if now := time.Now().Unix() / 60; now != l.minute {
		l.minute, l.counts = now, map[netip.Prefix]int{}
	}
	b := bucketOf(addr)
	if _, known := l.counts[b]; known || len(l.counts) < maxAddresses {
		return b
	}
	b = networkOf(addr)
	if _, known := l.counts[b]; known || len(l.counts) < maxAddresses+maxNetworks {
		return b
	}
	return netip.Prefix{}
}

// bucketOf is what stands for one who has an address: one who has IPv6 has 2^64.
func bucketOf(addr netip.Addr) netip.Prefix { return prefixOf(addr, 32, 64) }

// networkOf is what one may have who has many: a site's IPv6 is a /48 (RFC 6177).
func networkOf(addr netip.Addr) netip.Prefix { return prefixOf(addr, 24, 48) }

func prefixOf(addr netip.Addr, v4, v6 int) netip.Prefix {
	bits := v4
	if addr = addr.Unmap().WithZone(""); addr.Is6() {
		bits = v6
	}
	b, _ := addr.Prefix(bits) // fails for the zero Addr only, which has a bucket too
	return b
}
