package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestClientAddr(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for name, c := range map[string]struct {
		peer    string
		headers []string
		want    string
	}{
		"no proxy":                      {"192.0.2.1:1234", nil, "192.0.2.1"},
		"a stranger's header":           {"192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		"a proxy":                       {"10.0.0.1:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		"a proxy without header":        {"10.0.0.1:1234", nil, "10.0.0.1"},
		"two proxies":                   {"10.0.0.1:1234", []string{"198.51.100.7, 10.9.9.9"}, "198.51.100.7"},
		"what the client made up":       {"10.0.0.1:1234", []string{"127.0.0.1, 203.0.113.9,198.51.100.7"}, "198.51.100.7"},
		"in two headers":                {"10.0.0.1:1234", []string{"1.1.1.1", "198.51.100.7"}, "198.51.100.7"},
		"all proxies":                   {"10.0.0.1:1234", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"no address":                    {"10.0.0.1:1234", []string{"198.51.100.7, unknown"}, "10.0.0.1"},
		"an empty one":                  {"10.0.0.1:1234", []string{"198.51.100.7, "}, "10.0.0.1"},
		"with a port":                   {"10.0.0.1:1234", []string{"198.51.100.7:5555"}, "198.51.100.7"},
		"IPv6":                          {"[fd00::1]:1234", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv6 in brackets":              {"[fd00::1]:1234", []string{"[2001:db8::7]"}, "2001:db8::7"},
		"IPv6 with a port":              {"[fd00::1]:1234", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		"IPv4 in IPv6, the peer":        {"[::ffff:10.0.0.1]:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		"IPv4 in IPv6, within the list": {"10.0.0.1:1234", []string{"198.51.100.7, ::ffff:10.0.0.2"}, "198.51.100.7"},
		"no peer":                       {"@", []string{"198.51.100.7"}, "invalid IP"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: c.peer, Header: http.Header{"X-Forwarded-For": c.headers}}
			if got := clientAddr(r, trusted).String(); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// Whatever a client writes, what the last trusted proxy has added to it is what
// counts.
func FuzzClientAddr(f *testing.F) {
	f.Add("1.1.1.1, 2.2.2.2")
	f.Add("[::1]:80,,unknown, fe80::1%eth0")
	f.Fuzz(func(t *testing.T, made string) {
		trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"X-Forwarded-For": {made + ", 198.51.100.7", "10.0.0.2"}}}
		if got := clientAddr(r, trusted).String(); got != "198.51.100.7" {
			t.Errorf("%q makes the client %s", made, got)
		}
		r.Header = http.Header{"X-Forwarded-For": {made}}
		hops := strings.Split(made, ",")
		if got := clientAddr(r, trusted); got != netip.MustParseAddr("10.0.0.1") && !slices.ContainsFunc(hops, func(hop string) bool {
			addr, ok := parseHop(hop)
			return ok && addr == got
		}) {
			t.Errorf("%q makes the client %s, which nobody has written", made, got)
		}
	})
}

func TestLimiterTellsAddressesApart(t *testing.T) {
	l := newLimiter(2)
	for _, step := range []struct {
		addr string
		ok   bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", false}, {"192.0.2.2", true}, {"::ffff:192.0.2.2", true}, {"192.0.2.2", false},
		{"2001:db8::1", true}, {"2001:db8::ffff:2", true}, {"2001:db8::3", false}, {"2001:db8:0:1::1", true},
	} {
		if ok := l.take(netip.MustParseAddr(step.addr)); ok != step.ok {
			t.Errorf("%s: %v", step.addr, ok)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter(1)
	take := func(addr netip.Addr) bool {
		l.minute = time.Now().Unix() / 60 // however long this takes
		return l.take(addr)
	}
	for i := range 2 * maxAddresses { // one /48, and half of the next
		take(netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 2: 0xd, 3: 0xb8, 5: byte(i >> 16), 6: byte(i >> 8), 7: byte(i)}))
	}
	if len(l.counts) > maxAddresses+2 {
		t.Errorf("%d are told apart", len(l.counts))
	}
	for _, addr := range []string{"203.0.113.1", "2001:db8:7::1", "198.51.100.1"} {
		if !take(netip.MustParseAddr(addr)) {
			t.Errorf("who has many addresses has spent what %s has", addr)
		}
	}
	if take(netip.MustParseAddr("203.0.113.2")) || take(netip.MustParseAddr("2001:db8:7:8::1")) {
		t.Error("those beyond have an allowance each")
	}
	for i := range 2 * maxNetworks {
		take(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}))
	}
	if n := len(l.counts); n > maxAddresses+maxNetworks+1 {
		t.Errorf("%d are told apart", n)
	}
}
