package stream_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// near compares rates that whole frames and seconds make a little off.
func near(got, want float64) bool { return got > 0.97*want && got < 1.03*want }

func TestRecent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 50)
		s.size = 5000
		s.headers()
		if r := s.s.Stats().Recent; r != (stream.Recent{}) {
			t.Errorf("before any frame: %+v", r)
		}
		s.frames(5 * 25)
		if r := s.s.Stats().Recent; r.Span < 3*time.Second || r.Span > 5*time.Second || !near(r.VideoBitrate, 25*5000*8) {
			t.Errorf("after 5 s: %+v", r)
		}
		s.frames(10 * 25)
		r := s.s.Stats().Recent
		if r.LongestFrame != 40*time.Millisecond {
			t.Errorf("a frame lasts %v, want 40ms", r.LongestFrame)
		}
		if r.Span != 10*time.Second || r.FrameRate != 25 || r.KeyframeInterval != 2*time.Second || r.BFrames {
			t.Errorf("after 15 s: %+v", r)
		}
		if !near(r.VideoBitrate, 25*5000*8) || !near(r.AudioBitrate, 25*16*8) {
			t.Errorf("video %v and audio %v b/s, want %v and %v", r.VideoBitrate, r.AudioBitrate, 25*5000*8, 25*16*8)
		}
		if began := s.s.Stats().Began; time.Since(began).Round(time.Second) != 15*time.Second {
			t.Errorf("began %v ago", time.Since(began))
		}
	})
}

// TestRecentKeepsTheLongestGroup has one long group among short ones: it is told
// while it lasts, for ten seconds from its end on, and no longer.
func TestRecentKeepsTheLongestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 25)
		s.headers()
		s.frames(3 * 25)
		if got := s.s.Stats().Recent.KeyframeInterval; got != time.Second {
			t.Fatalf("keyframe every %v, want 1s", got)
		}
		s.group = 1 << 30
		s.frames(1) // no keyframe any more
		s.frames(6*25 - 2)
		if got := s.s.Stats().Recent.KeyframeInterval; got < 6*time.Second || got > 7*time.Second {
			t.Errorf("%v within the long group", got)
		}
		pause := 25 - s.sent%25
		s.sent += pause // its end
		s.group = 25
		s.frames(9 * 25)
		if got, want := s.s.Stats().Recent.LongestFrame, time.Duration(pause+1)*40*time.Millisecond; got != want {
			t.Errorf("a frame lasted %v, want %v", got, want)
		}
		if got := s.s.Stats().Recent.KeyframeInterval; got < 6*time.Second {
			t.Errorf("%v within ten seconds of the long group", got)
		}
		s.frames(3 * 25)
		if got := s.s.Stats().Recent.LongestFrame; got != 40*time.Millisecond {
			t.Errorf("a frame lasted %v long after, want 40ms", got)
		}
		if got := s.s.Stats().Recent.KeyframeInterval; got != time.Second {
			t.Errorf("%v long after the long group, want 1s", got)
		}
	})
}

// TestRecentBeginsAnewWithThePublisher has a second encoder send less.
func TestRecentBeginsAnewWithThePublisher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 25)
		s.size = 50_000
		s.headers()
		s.frames(8 * 25)
		began := s.s.Stats().Began
		s.takeOver()
		s.size = 1000
		s.frames(1) // its keyframe
		if r := s.s.Stats().Recent; r.Span != 0 || r.FrameRate != 0 {
			t.Errorf("measured with the second one's first frame: %+v", r)
		}
		s.frames(24)
		s.frames(4 * 25)
		r := s.s.Stats().Recent
		if r.Span < 2*time.Second || r.Span > 4*time.Second || !near(r.VideoBitrate, 25*1000*8) || r.KeyframeInterval != time.Second {
			t.Errorf("after 4 s of the second one: %+v", r)
		}
		if !s.s.Stats().Began.Equal(began) {
			t.Error("the broadcast is the same, its beginning is not")
		}
	})
}

func TestRecentTellsBFrames(t *testing.T) {
	for _, c := range []struct {
		name         string
		compositions []byte // in ms, of one frame after the other
		want         bool
	}{
		{"in order", []byte{0, 0, 0, 0}, false},
		{"in order, shown late", []byte{80, 80, 80, 80}, false},
		{"reordered", []byte{40, 120, 0, 0}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSource(t, stream.Config{}, 25)
			s.headers()
			for i, composition := range c.compositions {
				b := frame(0x27, 0, uint32(i))
				b[4] = composition
				s.write(media.Video, uint32(i)*40, b)
			}
			if got := s.s.Stats().Recent.BFrames; got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}
