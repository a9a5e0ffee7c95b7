package relay_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// TestHostOfFiftyComesBack has fifty destinations on one host, which is down for
// a minute, and one elsewhere. TestHerd in package destination is its small
// brother.
func TestHostOfFiftyComesBack(t *testing.T) {
	require.Nightly(t)
	const herd, outage, back = 50, time.Minute, 35 * time.Second
	host := relaytest.StartPlatform(t, relaytest.PlatformConfig{OneAtATime: true})
	other := relaytest.StartPlatform(t, relaytest.PlatformConfig{Listen: "127.0.16.1:0"})
	conf := stream("main", to("other", other))
	for i := range herd {
		conf.Destinations = append(conf.Destinations, to(fmt.Sprint("d", i), host))
	}
	dials := &dialLog{Dialer: destination.RTMP(&rtmp.Dialer{}), at: map[string][]time.Time{}}
	r := start(t, relay.Config{Streams: []relay.Stream{conf}}, func(o *relay.Options) { o.Dialer = dials })
	e := r.encode(relaytest.EncoderConfig{})
	must(t, host.Wait(within(t, 20*time.Second), func(p *relaytest.Platform) bool { return p.Live() == herd }))
	s := session(t, other, 1)
	healthy, _ := s.Last()
	reach(t, s, healthy.Time+6000) // so that the outage is each one's first failure

	dials.forget()
	host.Down()
	host.Reset()
	begun, _ := s.Last()
	reach(t, s, begun.Time+uint32(outage.Milliseconds()))
	tries := dials.perKey()
	must(t, host.Up())
	up := time.Now()
	must(t, host.Wait(within(t, back+noise), func(p *relaytest.Platform) bool { return p.Live() == herd }))
	t.Logf("all are back after %v; %d to %d tries each while it was down", time.Since(up), slices.Min(tries), slices.Max(tries))
	if most := slices.Max(tries); most > 12 {
		t.Errorf("%d tries of one destination while the host was down, want 12 at most", most)
	}
	if n := dials.mostInASecond(); n > 10 {
		t.Errorf("%d dials in a second", n)
	}
	last, _ := s.Last()
	reach(t, s, last.Time+3000)
	for _, s := range host.Sessions()[herd:] {
		checkWhole(t, s.Key(), e, s)
	}
	if n := host.MaxConcurrent(); n != herd || len(host.Sessions()) != 2*herd {
		t.Errorf("%d connections at once and %d in all, want %d and %d", n, len(host.Sessions()), herd, 2*herd)
	}
	checkUndisturbed(t, "other", e, other)
}

// dialLog notes each dial as it begins.
type dialLog struct {
	destination.Dialer
	mu sync.Mutex // guards at
	at map[string][]time.Time
}

func (d *dialLog) Publish(ctx context.Context, t rtmp.Target) (destination.Publisher, error) {
	d.mu.Lock()
	k := t.Server + " " + t.Key.Reveal()
	d.at[k] = append(d.at[k], time.Now())
	d.mu.Unlock()
	return d.Dialer.Publish(ctx, t)
}

func (d *dialLog) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	clear(d.at)
}

// perKey is how many dials there were of each target.
func (d *dialLog) perKey() (n []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, at := range d.at {
		n = append(n, len(at))
	}
	return n
}

// mostInASecond is of all targets, which are on one host.
func (d *dialLog) mostInASecond() (most int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []time.Time
	for _, at := range d.at {
		all = append(all, at...)
	}
	slices.SortFunc(all, time.Time.Compare)
	for i, from := range all {
		end := i
		for end < len(all) && all[end].Sub(from) < time.Second {
			end++
		}
		most = max(most, end-i)
	}
	return most
}
