package destination_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// T16: a host that comes back is not met by a herd, and waits for none.
func TestHerd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		var herd []destination.Config
		for i := range 50 {
			herd = append(herd, wanted(fmt.Sprintf("d%d", i), func(c *destination.Config) {
				c.Targets[0].Server = fmt.Sprintf("rtmp://one.example:%d/live", 1935+i)
			}))
		}
		newOnAir(t, p, herd...)
		time.Sleep(time.Minute)
		downAt := time.Now()
		p.mu.Lock()
		conns, before := slices.Clone(p.conns), len(p.dials)
		p.mu.Unlock()
		p.script(func(n int, t rtmp.Target) error {
			if time.Since(downAt) < time.Minute {
				return down(n, t)
			}
			return nil
		})
		if len(conns) != 50 {
			t.Fatalf("%d connections before the outage", len(conns))
		}
		for _, c := range conns {
			c.reset(errReset)
		}
		time.Sleep(time.Minute)
		tries := map[string]int{}
		for _, target := range p.targets()[before:] {
			tries[target.Server]++
		}
		for server, n := range tries {
			if n > 12 {
				t.Errorf("%d tries to %s in a minute", n, server)
			}
		}
		time.Sleep(35 * time.Second)
		if n := p.count(); n != 100 {
			t.Errorf("%d of 50 are back after 35 s", n-50)
		}
		at := p.dialed()
		for i, from := range at {
			n, _ := slices.BinarySearch(at[i:], from+time.Second+1)
			if n > 10 {
				t.Fatalf("%d dials in one second", n)
			}
		}
	})
}

func TestPace(t *testing.T) {
	cases := map[string]struct {
		servers []string
		wait    bool
	}{
		"one host":             {[]string{"rtmp://a/x", "rtmp://a:1936/y", "rtmps://A/z?q=1"}, true},
		"one IPv6 host":        {[]string{"rtmp://[::1]:1935/x", "rtmp://[::1]:1936/x"}, true},
		"each a host's own":    {[]string{"rtmp://a/x", "rtmp://b/x", "rtmp://c/x"}, false},
		"hosts, not spellings": {[]string{"rtmp://a/b", "rtmp://b/a"}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := destination.Pace(&platform{})
				if destination.Pace(d) != d {
					t.Error("a paced dialer was paced again")
				}
				began := time.Now()
				for i := range 6 {
					if _, err := d.Publish(t.Context(), target(tc.servers[i%len(tc.servers)])); err != nil {
						t.Fatal(err)
					}
				}
				if waited := time.Since(began) > 0; waited != tc.wait {
					t.Errorf("waited %v, want %v", waited, tc.wait)
				}
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if _, err := d.Publish(ctx, target(tc.servers[0])); err == nil {
					t.Error("an ended context was not heeded")
				}
			})
		})
	}
}
