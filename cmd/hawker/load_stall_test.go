package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

func TestOneOfFiftyStalls(t *testing.T) {
	require.Nightly(t)
	stall(t, 1, 64<<20)
}

func TestTenOfFiftyStall(t *testing.T) {
	require.Nightly(t)
	stall(t, 10, 128<<20)
}

// stall has so many of fifty stop reading for a minute.
func stall(t *testing.T, stalled int, growth int64) {
	t.Helper()
	all := platforms(t, fifty, relaytest.PlatformConfig{})
	s := standAlone(t, 4*time.Minute, all, "")
	direct := yardstick(s.ctx, t)
	e := s.encode(relaytest.Synthetic{BFrames: true})
	must(t, all[fifty-1].Sessions()[0].WaitMessages(s.ctx, 800)) // ten seconds
	before := s.memory(t, "VmRSS")
	begun := time.Now()
	for _, p := range all[:stalled] {
		p.Stall()
	}
	s.seesStalls(stalled, begun)
	must(t, e.WaitSent(s.ctx, e.Len()+int((require.For(t, time.Minute)-time.Since(begun)).Seconds()*75)))
	if grown := s.memory(t, "VmHWM") - before; grown > growth {
		t.Errorf("%d MiB more resident than before, want %d at most", grown>>20, growth>>20)
	} else {
		t.Logf("%d MiB more resident than before the stall", grown>>20)
	}
	for i, p := range all[:stalled] {
		s.comesBack(i, p)
	}
	e.Stop()
	measure := direct()
	var worst relaytest.Latency
	for i := stalled; i < fifty; i++ {
		l, err := relaytest.Latencies(e.Sent(), s.whole(i, e))
		must(t, err)
		if l.P99 > worst.P99 {
			worst = l
		}
		if n := len(all[i].Connections()); n != 1 {
			t.Errorf("d%d: %d connections", i, n)
		}
	}
	t.Logf("the slowest of the others: %v; without the relay %v", worst, measure)
	if worst.P99 > measure.P99+50*time.Millisecond {
		t.Errorf("latency of the others %v, and without the relay %v", worst, measure)
	}
	s.tellsNoKeys()
}

// seesStalls looks when those that stall are flagged, and when they are cut.
func (s *standalone) seesStalls(n int, begun time.Time) {
	s.t.Helper()
	for i := range n {
		name := fmt.Sprint("d", i)
		until(s.ctx, s.t, name+" to be flagged", func() bool { return s.status(name).State != destination.Live })
		if st, took := s.status(name), time.Since(begun); took > 6*time.Second+noise || !strings.Contains(st.Error, "takes no data") {
			s.t.Errorf("%s: %s after %v with %q, want stalled within 6 s", name, st.State, took, st.Error)
		}
	}
	for i := range n {
		name := fmt.Sprint("d", i)
		until(s.ctx, s.t, name+" to be cut", func() bool { return s.status(name).State != destination.Stalled })
		if took := time.Since(begun); took > 15*time.Second+noise {
			s.t.Errorf("%s: cut after %v, want 15 s at most", name, took)
		}
	}
}

// comesBack ends a stall. A connection that was made meanwhile may be the one
// that goes on.
func (s *standalone) comesBack(i int, p *relaytest.Platform) {
	s.t.Helper()
	begun := time.Now()
	p.Resume()
	must(s.t, p.Wait(s.ctx, func(p *relaytest.Platform) bool {
		all := p.Sessions()
		last := all[len(all)-1]
		return last.Number() > 1 && last.Len() > 10
	}))
	all := p.Sessions()
	got := all[len(all)-1].Messages()
	if took := got[0].Arrived.Sub(begun); took > 3*time.Second+noise {
		s.t.Errorf("d%d: back %v after it reads again, want 3 s at most", i, took)
	}
	if err := relaytest.CheckOpening(got); err != nil {
		s.t.Errorf("d%d, back: %v", i, err)
	}
}
