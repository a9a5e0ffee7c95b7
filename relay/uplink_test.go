package relay_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

// farAway is 200 ms, give or take 50.
var farAway = relaytest.Line{Latency: 150 * time.Millisecond, Jitter: 100 * time.Millisecond}

// TestFarEncoder publishes over a long line for ten minutes. Another encoder
// with the same key tries now and then, and finds the first one there.
func TestFarEncoder(t *testing.T) {
	require.Nightly(t)
	uplink(t, require.For(t, 10*time.Minute), nil, func(r *rig) {
		if err := r.try("", r.ingest("main")); !isBadName(err) {
			t.Errorf("another encoder beside the far one: %v, want BadName", err)
		}
	})
}

func TestFarEncoderForAWhile(t *testing.T) {
	t.Parallel()
	uplink(t, 8*time.Second, nil, func(*rig) {})
}

// uplink publishes over a line that is farAway, and worse where spoil makes it
// so, and sees that neither the relay nor the platforms take that for an end.
func uplink(t *testing.T, length time.Duration, spoil func(*rig), every10s func(*rig)) {
	t.Helper()
	one, two := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("one", one), to("two", two))
	if spoil != nil {
		spoil(r)
	}
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: r.Addr().String(), Line: farAway, Buffer: 1 << 20})
	target := r.ingest("main")
	target.Server = "rtmp://" + line.Addr() + "/live"
	e := r.encode(relaytest.EncoderConfig{Target: target})
	s := session(t, one, 1)
	reach(t, s, 1000)
	publisher := r.Status()[0].Publisher
	for ms := uint32(2000); ms <= uint32(length.Milliseconds()); ms += 2000 {
		reach(t, s, ms)
		now := r.Status()[0]
		if now.State != relay.Live || now.Publisher == nil || *now.Publisher != *publisher {
			t.Fatalf("after %d ms the stream is %s with %+v, it was live with %+v", ms, now.State, now.Publisher, publisher)
		}
		if ms%10_000 == 0 {
			every10s(r)
		}
	}
	for name, p := range map[string]*relaytest.Platform{"one": one, "two": two} {
		checkUndisturbed(t, name, e, p)
		must(t, relaytest.CompareTimes(e.Sent(), p.Sessions()[0].Messages(), 40*time.Millisecond))
	}
	if n := line.Connections(); n != 1 {
		t.Errorf("the encoder needed %d connections", n)
	}
}
