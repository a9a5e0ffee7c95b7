package relay_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay"
	"github.com/hawker-live/hawker/relay/relaytest"
)

// TestFanOutLosesNothing is alone on the machine, for its latencies: it is not
// parallel.
func TestFanOutLosesNothing(t *testing.T) {
	const count, length = 8, 20 * time.Second
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	secure, err := ca.Valid()
	must(t, err)
	var platforms []*relaytest.Platform
	var destinations []relay.Destination
	for i := range count {
		conf := relaytest.PlatformConfig{}
		if i%2 == 1 {
			conf.TLS = secure
		}
		p := relaytest.StartPlatform(t, conf)
		d := to(fmt.Sprint("d", i), p)
		d.Target.CAFile = caFile
		platforms, destinations = append(platforms, p), append(destinations, d)
	}
	r := live(t, destinations...)
	direct := yardstick(t, relaytest.Synthetic{BFrames: true}.Source())
	e := r.encodeTo(relaytest.EncoderConfig{Source: relaytest.Synthetic{Duration: length, BFrames: true}.Source()}, platforms...)
	must(t, e.Wait())
	measure := direct()
	sent := e.Sent()
	for i, p := range platforms {
		name := destinations[i].Name
		s := session(t, p, 1)
		must(t, s.WaitEnd(within(t, 5*time.Second)))
		checkWhole(t, name, e, s)
		got := s.Messages()
		if err := relaytest.CompareTimes(sent, got, 0); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if last := got[len(got)-1]; last.Hash != sent[len(sent)-1].Hash || len(got) != len(sent) {
			t.Errorf("%s: got %d messages up to %v, want all %d", name, len(got), last.Payload, len(sent))
		}
		if n := len(p.Connections()); n != 1 {
			t.Errorf("%s: %d connections, want 1", name, n)
		}
		checkLatency(t, name, sent, got, measure)
	}
}

// yardstick measures an encoder and a platform without a relay in between, at
// the same time and on the same machine as what is to be compared with it.
func yardstick(t *testing.T, source relaytest.Source) (end func() relaytest.Latency) {
	t.Helper()
	p := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	e := relaytest.StartEncoder(t.Context(), t, relaytest.EncoderConfig{Target: to("direct", p).Target, Source: source})
	return func() relaytest.Latency {
		e.Stop()
		l, err := relaytest.Latencies(e.Sent(), session(t, p, 1).Messages())
		must(t, err)
		return l
	}
}

// checkLatency compares with the yardstick. What is promised is 5 ms at p50 and
// 20 ms at p99 beyond it; the race detector, and taking turns on a busy machine
// at every hop, get several times that.
func checkLatency(t *testing.T, name string, sent []relaytest.Sent, got []relaytest.Received, direct relaytest.Latency) {
	t.Helper()
	l, err := relaytest.Latencies(sent, got)
	must(t, err)
	t.Logf("%s: latency %v; without the relay %v", name, l, direct)
	if l.P50 > 25*time.Millisecond+5*direct.P50 || l.P99 > 100*time.Millisecond+5*direct.P99 {
		t.Errorf("%s: latency %v, and without the relay %v", name, l, direct)
	}
}

func TestResetDestinationComesBackInOrder(t *testing.T) {
	t.Parallel()
	victim := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	other := relaytest.StartPlatform(t, relaytest.PlatformConfig{})
	r := live(t, to("victim", victim), to("other", other))
	e := r.encode(relaytest.EncoderConfig{})
	for n := 1; n <= 3; n++ {
		reach(t, session(t, victim, n), 7000) // live for 5 s at least, so that it is a first failure again
		at := time.Now()
		victim.Reset()
		back := session(t, victim, n+1)
		reach(t, back, 1)
		if took := back.Messages()[0].Arrived.Sub(at); took > 3*time.Second+noise {
			t.Errorf("reset %d: media again after %v, want 3 s at most", n, took)
		}
	}
	reach(t, session(t, victim, 4), 1000)
	for _, s := range victim.Sessions() {
		checkWhole(t, "victim", e, s)
	}
	if n := victim.MaxConcurrent(); n != 1 {
		t.Errorf("%d connections of one destination at once", n)
	}
	checkUndisturbed(t, "other", e, other)
}
