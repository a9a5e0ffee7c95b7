package relay

import (
	"net/netip"
	"testing"
	"time"

	"github.com/hawker-live/hawker/config/secret"
)

func TestKeyMatches(t *testing.T) {
	tests := map[string]struct {
		want, given string
		match       bool
	}{
		"the key":                      {"abcd1234", "abcd1234", true},
		"a query behind it":            {"abcd1234", "abcd1234?bandwidthtest=true", true},
		"a key that holds a query":     {"abcd?x=1", "abcd?x=1", true},
		"another key":                  {"abcd1234", "abcd1235", false},
		"the beginning of the key":     {"abcd1234", "abcd", false},
		"more than the key":            {"abcd1234", "abcd12345", false},
		"nothing":                      {"abcd1234", "", false},
		"a query alone":                {"abcd1234", "?abcd1234", false},
		"another case":                 {"abcd1234", "ABCD1234", false},
		"the bare part of a query key": {"abcd?x=1", "abcd", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := keyMatches(secret.New(tt.want), secret.New(tt.given)); got != tt.match {
				t.Errorf("keyMatches(%q, %q) = %v, want %v", tt.want, tt.given, got, tt.match)
			}
		})
	}
}

func TestGuessesAreLimitedPerAddress(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	bad, good := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	g := newGuesses()
	for i := range wrongKeysPerMinute {
		if g.exhausted(bad, now) {
			t.Fatalf("exhausted after %d wrong keys, want %d", i, wrongKeysPerMinute)
		}
		g.wrong(bad, now)
	}
	if !g.exhausted(bad, now) {
		t.Errorf("not exhausted after %d wrong keys", wrongKeysPerMinute)
	}
	if g.exhausted(good, now) {
		t.Error("another address pays for it")
	}
	if g.exhausted(bad, now.Add(time.Minute)) {
		t.Error("still exhausted after a minute")
	}
}

func TestGuessesTakeAnIPv6NetworkForOneAddress(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	g := newGuesses()
	for i := range wrongKeysPerMinute {
		host := netip.MustParseAddr("2001:db8::").As16()
		host[15] = byte(i)
		g.wrong(netip.AddrFrom16(host), now)
	}
	if !g.exhausted(netip.MustParseAddr("2001:db8::ffff"), now) {
		t.Error("a host escapes the limit by changing its address within its network")
	}
	if g.exhausted(netip.MustParseAddr("2001:db8:0:1::1"), now) {
		t.Error("another network pays for it")
	}
}

func TestGuessesHoldBoundedMemory(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	g := newGuesses()
	for i := range 3 * maxGuessers {
		g.wrong(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if len(g.from) > maxGuessers {
		t.Errorf("holds %d addresses, want at most %d", len(g.from), maxGuessers)
	}
}
