package relay_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

func TestSlowDestinationSkipsWholeGroups(t *testing.T) {
	t.Parallel()
	slow(t, reference, 20*time.Second)
}

// TestSlowDestinationForFiveMinutes has the stream of the load tests.
func TestSlowDestinationForFiveMinutes(t *testing.T) {
	require.Nightly(t)
	slow(t, reference, require.For(t, 5*time.Minute))
}

// slow has a destination whose line carries half of what the stream needs, and
// one that is well, and looks at what comes out of both.
func slow(t *testing.T, source relaytest.Synthetic, length time.Duration) {
	t.Helper()
	const queue = 4 * time.Second
	good, far := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{ReceiveBuffer: 32 << 10})
	rate := bitrate(source) / 8 / 2
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: far.Addr(), Line: relaytest.Line{Rate: rate}, Buffer: rate / 8})
	d := to("slow", far)
	d.Target.Server = "rtmp://" + line.Addr() + "/live"
	r := live(t, d, to("good", good))
	direct := yardstick(t, source.Source())
	source.Duration = length
	e := r.encode(relaytest.EncoderConfig{Source: source.Source()})
	s := session(t, far, 1)
	reach(t, s, 1000)
	if state := r.status("slow").State; state != destination.Live {
		t.Errorf("slow: state %s, want live: it takes what it can", state)
	}
	must(t, e.Wait())
	measure := direct()
	checkUndisturbed(t, "good", e, good)
	checkLatency(t, "good", e.Sent(), good.Sessions()[0].Messages(), measure)

	got := s.Messages() // of what was sent meanwhile
	gaps, err := relaytest.Gaps(e.Sent(), got)
	must(t, err)
	must(t, relaytest.CheckOpening(got))
	must(t, relaytest.CheckClock(got))
	must(t, relaytest.CompareTimes(e.Sent(), got, 40*time.Millisecond))
	lag, err := relaytest.Latencies(e.Sent(), got)
	must(t, err)
	t.Logf("slow: %d gaps, lag %v", len(gaps), lag)
	// A machine that makes the yardstick wait makes this one wait as well.
	if lag.Max > queue+2*time.Second+noise/2+5*measure.P99 {
		t.Errorf("slow: lags by %v, want %v at most", lag.Max, queue+2*time.Second)
	}
	if dropped := r.status("slow").Dropped; len(gaps) < 2 || dropped == 0 || len(far.Connections()) != 1 {
		t.Errorf("slow: %d gaps, %d packets dropped, %d connections; want gaps in one", len(gaps), dropped, len(far.Connections()))
	}
}

// bitrate is that of a source, in bits per second.
func bitrate(s relaytest.Synthetic) int {
	if s.VideoBitrate == 0 {
		s.VideoBitrate = 6_000_000 // see relaytest.Synthetic
	}
	return s.VideoBitrate + 128_000
}
