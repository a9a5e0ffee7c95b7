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
	slow(t, 20*time.Second)
}

func TestSlowDestinationForFiveMinutes(t *testing.T) {
	require.Nightly(t)
	direct := yardstick(t, reference.Source())
	e, good := slow(t, require.For(t, 5*time.Minute))
	checkLatency(t, "good", e.Sent(), good.Messages(), direct())
}

// slow has a destination whose line carries half of what the stream needs, and
// one that is well, and looks at what comes out of both.
func slow(t *testing.T, length time.Duration) (*relaytest.Encoder, *relaytest.Session) {
	t.Helper()
	const rate = (6_000_000 + 128_000) / 8 / 2 // of the reference, in bytes per second
	good, far := relaytest.StartPlatform(t, relaytest.PlatformConfig{}), relaytest.StartPlatform(t, relaytest.PlatformConfig{ReceiveBuffer: 32 << 10})
	line := relaytest.StartProxy(t, relaytest.ProxyConfig{Target: far.Addr(), Line: relaytest.Line{Rate: rate}, Buffer: rate / 8})
	d := to("slow", far)
	d.Target.Server = "rtmp://" + line.Addr() + "/live"
	r := live(t, d, to("good", good))
	source := reference
	source.Duration = length
	e := r.encode(relaytest.EncoderConfig{Source: source.Source()})
	s := session(t, far, 1)
	reach(t, s, 1000)
	if state := r.status("slow").State; state != destination.Live {
		t.Errorf("slow: state %s, want live: it takes what it can", state)
	}
	must(t, e.Wait())
	checkUndisturbed(t, "good", e, good)

	got := s.Messages() // of what was sent meanwhile
	gaps, err := relaytest.Gaps(e.Sent(), got)
	must(t, err)
	must(t, relaytest.CheckOpening(got))
	must(t, relaytest.CheckClock(got))
	must(t, relaytest.CompareTimes(e.Sent(), got, 40*time.Millisecond))
	checkLag(t, e.Sent(), got, good.Sessions()[0].Messages())
	if dropped := r.status("slow").Dropped; len(gaps) < 2 || dropped == 0 || len(far.Connections()) != 1 {
		t.Errorf("slow: %d gaps, %d packets dropped, %d connections; want gaps in one", len(gaps), dropped, len(far.Connections()))
	}
	return e, good.Sessions()[0]
}

// checkLag allows the queue and two seconds for what is under way, and what the
// machine keeps even the one waiting that is well.
func checkLag(t *testing.T, sent []relaytest.Sent, got, well []relaytest.Received) {
	t.Helper()
	lag, err := relaytest.Latencies(sent, got)
	must(t, err)
	measure, err := relaytest.Latencies(sent, well)
	must(t, err)
	t.Logf("slow: lag %v; good: %v", lag, measure)
	if limit := destination.DefaultQueueTime + 2*time.Second; lag.Max > limit+noise/2+5*measure.P99 {
		t.Errorf("slow: lags by %v, want %v at most", lag.Max, limit)
	}
}
