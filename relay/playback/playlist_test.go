package playback_test

import (
	"io"
	"math"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media/flv"
	"github.com/hawker-live/hawker/relay/playback"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/prometheus/client_golang/prometheus"
)

// TestPlaylistKeepsTheRules reads every update of a session of half a minute by
// blocking reload, whole and as deltas, with all its parts and segments.
func TestPlaylistKeepsTheRules(t *testing.T) {
	const length = 30 * time.Second
	small := relaytest.Synthetic{VideoBitrate: 200_000, Duration: length}
	with := func(change func(*relaytest.Synthetic)) relaytest.Source {
		s := small
		change(&s)
		return s.Source()
	}
	tests := map[string]struct {
		source   relaytest.Source
		part     float64
		segments int // at least
	}{
		"the clip":               {&until{theClip(t).Loop(), length}, 0.2, 9},
		"24 frames a second":     {with(func(s *relaytest.Synthetic) { s.FPS = 24 }), 0.210, 12},
		"25 frames a second":     {with(func(s *relaytest.Synthetic) { s.FPS = 25 }), 0.2, 9},
		"60, keyframes each 0.5": {with(func(s *relaytest.Synthetic) { s.FPS, s.GOP = 60, time.Second/2 }), 0.2, 24},
		"2 frames a second":      {with(func(s *relaytest.Synthetic) { s.FPS, s.NoAudio = 2, true }), 0.502, 12},
		"keyframes each 4 s":     {with(func(s *relaytest.Synthetic) { s.GOP = 4 * time.Second }), 0.2, 5},
		"B-frames":               {with(func(s *relaytest.Synthetic) { s.BFrames = true }), 0.2, 9},
		"video alone":            {with(func(s *relaytest.Synthetic) { s.NoAudio = true }), 0.2, 9},
		"audio alone":            {with(func(s *relaytest.Synthetic) { s.NoVideo = true }), 0.2, 9},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := raise(t)
				defer g.stop()
				g.encoders.Go(func() {
					_ = run(g.out, test.source)
					g.stream.End()
				})
				time.Sleep(5500 * time.Millisecond) // of the bubble
				f := follow(g)
				f.all()
				if f.last.part != test.part || len(f.whole) < test.segments || f.breaks != 0 {
					t.Errorf("PART-TARGET %v, want %v; %d segments, want %d or more; %d discontinuities, want none",
						f.last.part, test.part, len(f.whole), test.segments, f.breaks)
				}
				if f.deltas == 0 && f.last.target < 5 {
					t.Error("there was no delta")
				}
			})
		})
	}
}

// TestDatesAreSteady has packets come late, each by another time, as over a bad
// line. Dates must follow lengths all the same, more closely than
// playlist.checkDates wants it, and be right.
func TestDatesAreSteady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := raise(t)
		defer g.stop()
		began := time.Now()
		g.encoders.Go(func() {
			_ = run(g.out, &late{&until{lively.Source(), 30 * time.Second}, 0})
			g.stream.End()
		})
		time.Sleep(3 * time.Second)
		f := follow(g)
		f.all()
		for i, s := range f.whole[1:] {
			before := f.whole[i]
			if off := s.date.Sub(before.date).Seconds() - before.length; math.Abs(off) > 0.003 {
				t.Errorf("%s begins %v s off the end of the one before", s.uri, off)
			}
		}
		last := f.last.segments[len(f.last.segments)-1]
		at := last.date.Add(time.Duration(last.length * float64(time.Second))).Sub(began)
		if off := at - 30*time.Second; off.Abs() > 15*time.Millisecond {
			t.Errorf("the end of a stream of 30 s is said to be at %v", at)
		}
	})
}

// late is a source whose tags come late by up to 120 ms, and now and then by 3.5 s.
type late struct {
	relaytest.Source
	n uint32
}

func (l *late) Next() (flv.Tag, error) {
	tag, err := l.Source.Next()
	switch l.n++; {
	case l.n%700 == 0:
		time.Sleep(3500 * time.Millisecond)
	case l.n%5 == 0:
		time.Sleep(time.Duration(l.n*37%120) * time.Millisecond)
	}
	return tag, err
}

// TestMemoryIsBounded plays a stream of 16 Mb/s of which 24 s would take 48 MB, and
// looks at what is on the heap and at what is said to be held.
func TestMemoryIsBounded(t *testing.T) {
	const limit, segment, ring = 16_000_000, 4_200_000, 13_000_000
	registry := prometheus.NewRegistry()
	synctest.Test(t, func(t *testing.T) {
		g := raise(t, func(c *playback.Config) { c.MaxBytes, c.Metrics = limit, playback.NewMetrics(registry) })
		defer g.stop()
		g.play(&until{relaytest.Synthetic{VideoBitrate: 16_000_000}.Source(), 24 * time.Second})
		before, most, counted := heap(), 0.0, 0.0
		for range 23 {
			time.Sleep(time.Second)
			g.fetch("/index.m3u8")
			most = max(most, heap()-before)
			counted = max(counted, gauges(t, registry)["hawker_playback_held_bytes"])
		}
		if most > limit+segment+ring || most < counted {
			t.Errorf("%.0f bytes are on the heap, the limit is %d, a segment, and %d for the ring", most, limit, ring)
		}
		if counted > limit+segment || counted < limit/2 {
			t.Errorf("%.0f bytes were held, the limit is %d and a segment", counted, limit)
		}
	})
}

// heap is what is in use, in bytes.
func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// until ends a source.
type until struct {
	relaytest.Source
	end time.Duration
}

func (u *until) Next() (flv.Tag, error) {
	tag, err := u.Source.Next()
	if err == nil && time.Duration(tag.Time)*time.Millisecond >= u.end {
		return flv.Tag{}, io.EOF
	}
	return tag, err
}
