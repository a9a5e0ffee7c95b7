package main

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

const fifty = 50

// needs is what a relay may take, and how much it may delay.
type needs struct {
	memory   int64   // most that is ever resident, in bytes
	cpu      float64 // of one core
	p50, p99 time.Duration
}

func TestFanOutToFifty(t *testing.T) {
	require.Nightly(t)
	fanOut(t, platforms(t, fifty, relaytest.PlatformConfig{}), "", needs{128 << 20, .6, 5 * time.Millisecond, 20 * time.Millisecond})
}

func TestSecureFanOutToFifty(t *testing.T) {
	require.Nightly(t)
	ca, caFile := relaytest.StartCA(t, t.TempDir())
	var hosts []string
	for i := range fifty {
		hosts = append(hosts, host(i))
	}
	secure, err := ca.Valid(hosts...)
	must(t, err)
	fanOut(t, platforms(t, fifty, relaytest.PlatformConfig{TLS: secure}), caFile, needs{192 << 20, 1, 30 * time.Millisecond, 30 * time.Millisecond})
}

// fanOut plays the reference to all platforms. It is two minutes and not ten:
// the test remembers every message of every platform.
func fanOut(t *testing.T, all []*relaytest.Platform, caFile string, most needs) {
	t.Helper()
	s := standAlone(t, 4*time.Minute, all, caFile)
	direct := yardstick(s.ctx, t)
	begun, cpu := time.Now(), s.cpu(t)
	e := s.encode(reference(t, 2*time.Minute))
	must(t, e.Wait())
	measure := direct()
	load := (s.cpu(t) - cpu).Seconds() / time.Since(begun).Seconds()
	t.Logf("%.0f %% of a core, %d MiB at most; without the relay %v", 100*load, s.memory(t, "VmHWM")>>20, measure)
	if load > most.cpu {
		t.Errorf("%.0f %% of a core, want %.0f %% at most", 100*load, 100*most.cpu)
	}
	if m := s.memory(t, "VmHWM"); m > most.memory {
		t.Errorf("%d MiB resident, want %d at most", m>>20, most.memory>>20)
	}
	var worst relaytest.Latency
	for i, p := range all {
		got := s.whole(i, e)
		l, err := relaytest.Latencies(e.Sent(), got)
		must(t, err)
		if l.P99 > worst.P99 {
			worst = l
		}
		if len(got) != e.Len() || len(p.Connections()) != 1 {
			t.Errorf("d%d: got %d of %d messages in %d connections", i, len(got), e.Len(), len(p.Connections()))
		}
	}
	t.Logf("the slowest: %v", worst)
	if worst.P50 > measure.P50+most.p50 || worst.P99 > measure.P99+most.p99 {
		t.Errorf("latency %v, and without the relay %v; want %v and %v more at most", worst, measure, most.p50, most.p99)
	}
	s.tellsNoKeys()
}

// whole sees that a platform got all there was on its one connection, once the
// encoder has ended.
func (s *standalone) whole(i int, e *relaytest.Encoder) []relaytest.Received {
	s.t.Helper()
	return s.wholeOf(i, 0, e)
}

// wholeOf is whole for the nth stream that the platform was sent.
func (s *standalone) wholeOf(i, n int, e *relaytest.Encoder) []relaytest.Received {
	s.t.Helper()
	session := s.platforms[i].Sessions()[n]
	sent := e.Sent()
	must(s.t, session.WaitFor(s.ctx, sent[len(sent)-1].Hash))
	got := session.Messages()
	for _, err := range []error{relaytest.Compare(sent, got), relaytest.CheckOpening(got), relaytest.CheckClock(got)} {
		if err != nil {
			s.t.Errorf("stream %d at d%d: %v", n, i, err)
		}
	}
	return got
}
