package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/relaytest/require"
)

const twenty, five = 20, 5

// TestTwentyStreamsWithViewers is twenty streams of 4 Mb/s, five destinations of
// each, and four hundred viewers among them.
func TestTwentyStreamsWithViewers(t *testing.T) {
	require.Nightly(t)
	s := unconfigured(t, 5*time.Minute, platforms(t, five, relaytest.PlatformConfig{}))
	var names []string
	for i := range twenty {
		names = append(names, fmt.Sprint("s", i))
	}
	s.configure("", names...)
	s.run()
	var encoders []*relaytest.Encoder
	for i := range names {
		encoders = append(encoders, s.encodeNth(i))
	}
	direct := yardstick(s.ctx, t)
	ctx, leave := context.WithCancel(s.ctx)
	defer leave()
	var crowds []*crowd
	var dirs []string
	for i, name := range names {
		c := s.crowd(name)
		crowds, dirs = append(crowds, c), append(dirs, t.TempDir())
		c.come(ctx, 1, 0, c.record(dirs[i], 1<<10))
		c.come(ctx, viewers/twenty, ramp, c.follow)
	}
	<-time.After(ramp)
	begun, cpu := time.Now(), s.cpu(t)
	<-time.After(require.For(t, 25*time.Second))
	load := (s.cpu(t) - cpu).Seconds() / time.Since(begun).Seconds()
	leave()
	var playlists, visible []time.Duration
	for i, c := range crowds {
		c.group.Wait()
		c.clean(t)
		encoders[i].Stop()
		parts, _ := momentsOf(encoders[i].Sent()).parts(t, dirs[i])
		p, v := waits(c.told, parts, begun)
		playlists, visible = append(playlists, p...), append(visible, v...)
	}
	measure := direct()
	lists, seen := spread(playlists), spread(visible)
	t.Logf("%.0f %% of a core, %d MiB; playlists %v; parts visible %v; without the relay %v", 100*load, s.memory(t, "VmHWM")>>20, lists, seen, measure)
	if lists.P99 > playlistGoal+measure.P99 || seen.P99 > visibleGoal+measure.P99 {
		t.Errorf("playlists %v, parts visible %v, and without the relay %v; want %v and %v more at most", lists, seen, measure, playlistGoal, visibleGoal)
	}
	s.allWhole(encoders, measure)
	s.tellsNoKeys()
}

// encodeNth plays to the nth stream once its destinations are there.
func (s *standalone) encodeNth(n int) *relaytest.Encoder {
	s.t.Helper()
	e := relaytest.StartEncoder(s.ctx, s.t, relaytest.EncoderConfig{
		Target: s.targetOf(n), Source: relaytest.Synthetic{VideoBitrate: 4_000_000, BFrames: true, Seed: uint64(n)}.Source(),
	})
	must(s.t, e.WaitSent(s.ctx, 5))
	e.Pause()
	for _, p := range s.platforms {
		_, err := p.WaitSession(s.ctx, n+1)
		must(s.t, err)
	}
	e.Resume()
	return e
}

// allWhole sees that each platform got all of each stream, as soon as T1 wants.
func (s *standalone) allWhole(encoders []*relaytest.Encoder, measure relaytest.Latency) {
	s.t.Helper()
	var worst relaytest.Latency
	for n, e := range encoders {
		for i := range s.platforms {
			got := s.wholeOf(i, n, e)
			l, err := relaytest.Latencies(e.Sent(), got)
			must(s.t, err)
			if l.P99 > worst.P99 {
				worst = l
			}
			if len(got) != e.Len() {
				s.t.Errorf("s%d at d%d: got %d of %d messages", n, i, len(got), e.Len())
			}
		}
	}
	s.t.Logf("the slowest destination: %v", worst)
	if worst.P50 > measure.P50+5*time.Millisecond || worst.P99 > measure.P99+20*time.Millisecond {
		s.t.Errorf("latency %v, and without the relay %v; want 5 and 20 ms more at most", worst, measure)
	}
}
