package relay

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/hawker-live/hawker/config/secret"
	"golang.org/x/time/rate"
)

const (
	// wrongKeysPerMinute is how many wrong keys one address may try.
	wrongKeysPerMinute = 10
	// maxGuessers bounds the memory for addresses that tried wrong keys.
	maxGuessers = 4096
)

// guesses limits how often an address may try a wrong key.
type guesses struct {
	mu   sync.Mutex // guards from
	from map[netip.Addr]*rate.Limiter
}

func newGuesses() *guesses { return &guesses{from: map[netip.Addr]*rate.Limiter{}} }

// exhausted reports whether the address has used up its attempts.
func (g *guesses) exhausted(a netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.from[network(a)]
	return l != nil && l.TokensAt(now) < 1
}

// wrong counts a wrong key.
func (g *guesses) wrong(a netip.Addr, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	a = network(a)
	l := g.from[a]
	if l == nil {
		if len(g.from) >= maxGuessers {
			g.forget(now)
		}
		l = rate.NewLimiter(rate.Every(time.Minute/wrongKeysPerMinute), wrongKeysPerMinute)
		g.from[a] = l
	}
	l.AllowN(now, 1)
}

// forget drops the addresses whose attempts have grown back, or, when an
// attacker has that many addresses, all of them.
func (g *guesses) forget(now time.Time) {
	for a, l := range g.from {
		if l.TokensAt(now) >= wrongKeysPerMinute {
			delete(g.from, a)
		}
	}
	if len(g.from) >= maxGuessers {
		clear(g.from)
	}
}

// network is what counts as one address: all of an IPv6 /64, which one host can use.
func network(a netip.Addr) netip.Addr {
	if a.Is6() && !a.Is4In6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a.Unmap()
}

// keyMatches compares in constant time, whatever the lengths. Encoders may put
// a query behind the key.
func keyMatches(want, given secret.Secret) bool {
	bare, _, _ := strings.Cut(given.Reveal(), "?")
	w := sha256.Sum256([]byte(want.Reveal()))
	whole, cut := sha256.Sum256([]byte(given.Reveal())), sha256.Sum256([]byte(bare))
	return subtle.ConstantTimeCompare(w[:], whole[:])|subtle.ConstantTimeCompare(w[:], cut[:]) == 1
}
