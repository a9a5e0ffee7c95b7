package stream_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestNewChecksItsConfig(t *testing.T) {
	tests := map[string]stream.Config{
		"no name":        {},
		"negative bytes": {Name: "main", MaxBytes: -1},
		"negative age":   {Name: "main", MaxAge: -1},
		"negative delay": {Name: "main", MaxDelay: -1},
	}
	for name, conf := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := stream.New(conf); err == nil {
				t.Error("no error")
			}
		})
	}
}

// A packet without a body is not free: its entry is memory too.
func TestEmptyBodiesCountAgainstTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{MaxBytes: 1 << 20, MaxAge: time.Hour}, 5)
		s.write(media.Video, 0, frame(0x17, 0, 0))
		c := s.s.Current().Cursor(stream.CursorConfig{})
		read(t, c)
		for range 100_000 {
			s.write(media.Video, 0, nil)
		}
		s.write(media.Video, 0, frame(0x17, 0, 1))
		if got := read(t, c); len(got) != 1 || c.Dropped() != 100_000 {
			t.Errorf("got %d packets and lost %d: the ring held more than its limit", len(got), c.Dropped())
		}
	})
}

func TestHugeHeaderPassesButIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		huge := append(videoHeader(1), make([]byte, 64<<10)...)
		s.write(media.Video, 0, huge)
		s.write(media.Video, 0, frame(0x17, 0, 0))
		s.write(media.Video, 0, huge)
		b := s.s.Current()
		if n := len(b.Headers()); n != 0 {
			t.Errorf("%d headers are kept, want none", n)
		}
		if got := read(t, b.Cursor(stream.CursorConfig{})); len(got) != 2 || len(got[1].Body) != len(huge) {
			t.Errorf("got %d packets, want the keyframe and what followed", len(got))
		}
	})
}

func TestWriteRefusals(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	if err := s.p.Write(20, 0, nil, time.Now()); err == nil {
		t.Error("a command passes for a packet")
	}
	s.s.End()
	if err := s.p.Write(media.Audio, 0, []byte{0xAF, 1, 0}, time.Now()); !errors.Is(err, stream.ErrEnded) {
		t.Errorf("after the end: %v, want ErrEnded", err)
	}
}

// What nobody understands is passed on as it came.
func TestUnknownBodiesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.write(media.Video, 0, frame(0x17, 0, 0))
		c := s.s.Current().Cursor(stream.CursorConfig{})
		read(t, c)
		bodies := [][]byte{{}, {0x1f}, {0x17}, {0xff, 0xff, 0xff}, {0x8f, 'n', 'o', 'n', 'e'}}
		for _, body := range bodies {
			s.write(media.Video, 0, body)
			s.write(media.Audio, 0, body)
			s.write(media.Data, 0, body)
		}
		got := read(t, c)
		if len(got) != 3*len(bodies) {
			t.Fatalf("got %d packets, want %d", len(got), 3*len(bodies))
		}
		for i, p := range got {
			if !bytes.Equal(p.Body, bodies[i/3]) || p.Keyframe || p.Header {
				t.Errorf("packet %d: %x became %+v", i, bodies[i/3], p)
			}
		}
	})
}

// The end stops the clock for those who still read: nothing is taken from them.
func TestEndDrainsASlowReaderWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(5)
		c := s.s.Current().Cursor(stream.CursorConfig{MaxLag: time.Second})
		batch := make([]media.Packet, 1)
		if _, err := c.Next(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		s.s.End()
		time.Sleep(time.Minute)
		if got, want := outline(read(t, c)), "VAK0avavavava"; got != want {
			t.Errorf("drained %s, want %s", got, want)
		}
	})
}

func TestClocksThatDisagreeHoldNothingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		ahead := time.Now().Add(time.Second)
		if err := s.p.Write(media.Video, 0, frame(0x17, 0, 0), ahead); err != nil {
			t.Fatal(err)
		}
		s.write(media.Video, 40, frame(0x27, 0, 1))
		c := s.s.Current().Cursor(stream.CursorConfig{})
		s.s.End()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		n, err := c.Next(ctx, make([]media.Packet, 4))
		if waited := time.Since(began); n != 2 || err != nil || waited != 0 {
			t.Errorf("Next = %d, %v after %v, want both packets at once", n, err, waited)
		}
	})
}

// An encoder that comes back without its camera must not leave new readers
// waiting for a keyframe.
func TestNextPublisherMayHaveAudioAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{MaxAge: time.Second}, 5)
		s.headers()
		s.frames(5)
		s.takeOver()
		for i := range uint32(200) {
			s.write(media.Audio, 20*i, frame(0xAF, 0, i))
			time.Sleep(20 * time.Millisecond)
		}
		got := read(t, s.s.Current().Cursor(stream.CursorConfig{}))
		if last := got[len(got)-1]; len(got) > 3+50 || number(last) != 199 {
			t.Errorf("a new reader got %d packets, want at most the last second", len(got))
		}
	})
}

func TestAudioOnlyIsClearAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		b := s.s.Current()
		for i := range uint32(11) { // few and long packets
			c := b.Cursor(stream.CursorConfig{})
			if got := read(t, c); len(got) != 0 {
				t.Fatalf("audio alone is a start point after %d ms", 100*i)
			}
			s.write(media.Audio, 100*i, frame(0xAF, 0, i))
			time.Sleep(100 * time.Millisecond)
		}
		if got := read(t, b.Cursor(stream.CursorConfig{})); len(got) != 1 {
			t.Errorf("got %d packets after a second of audio, want the newest", len(got))
		}
	})
}

func TestAudioOnlyIsClearAfterFiftyPackets(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	for i := range uint32(50) { // all at once
		if begins(t, s) {
			t.Fatalf("audio alone is a start point after %d packets", i)
		}
		s.write(media.Audio, i, frame(0xAF, 0, i))
	}
	if !begins(t, s) {
		t.Error("fifty packets of audio are not enough to begin with")
	}
}

// begins reports whether a new reader has something to begin with.
func begins(t *testing.T, s *source) bool {
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := s.s.Live(ctx)
	return err == nil
}

// With long groups, the newest keyframe may be too new for a reader that trails.
func TestDelayedReaderBeginsInTheGroupBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conf := stream.Config{MaxAge: 40 * time.Millisecond, MaxDelay: 400 * time.Millisecond}
		s := newSource(t, conf, 50)
		s.headers()
		s.frames(55)
		c := s.s.Current().Cursor(stream.CursorConfig{Delay: conf.MaxDelay})
		got := read(t, c)
		if len(got) != 3+2*46 || number(got[3]) != 0 {
			t.Errorf("got %d packets, want the headers and 46 frames from the first keyframe on", len(got))
		}
	})
}

// Headers of a start point that was lost before they were all handed over are
// not handed over without their keyframe.
func TestHeadersOfALostStartPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 20)
		s.headers()
		s.frames(1)
		c := s.s.Current().Cursor(stream.CursorConfig{MaxLag: 200 * time.Millisecond})
		if n, err := c.Next(t.Context(), make([]media.Packet, 1)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		s.frames(10)
		if got := read(t, c); len(got) != 0 {
			t.Errorf("got %s without a keyframe", outline(got))
		}
		s.frames(10)
		if got, want := outline(read(t, c)), "VAK20a"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// Some encoders send their headers with each keyframe.
func TestRepeatedHeadersCostNothing(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	body, now := videoHeader(1), time.Now()
	s.write(media.Video, 0, body)
	allocs := testing.AllocsPerRun(1000, func() {
		if err := s.p.Write(media.Video, 0, body, now); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations for a header that is in force already", allocs)
	}
}

// A cursor's delay holds even if the stream did not expect it.
func TestDelayBeyondTheStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{MaxAge: time.Second}, 5)
		c := s.s.Current().Cursor(stream.CursorConfig{Delay: 10 * time.Second})
		s.headers()
		s.frames(250) // 10 s, and the first frame is due
		if got, want := outline(read(t, c)), "MVAK0a"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		s.frames(2)
		if got, want := outline(read(t, c)), "vava"; got != want || c.Dropped() != 0 {
			t.Errorf("then got %s and lost %d, want %s", got, c.Dropped(), want)
		}
	})
}

func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 50)
		s.headers()
		s.frames(1)
		c := s.s.Current().Cursor(stream.CursorConfig{MaxLag: 300 * time.Millisecond})
		lag := func(when string, want time.Duration) {
			t.Helper()
			if got := c.Lag(); got != want {
				t.Errorf("%s: Lag() = %v, want %v", when, got, want)
			}
		}
		lag("before it has begun", 0)
		read(t, c)
		lag("caught up", 0)
		s.frames(5)
		lag("five frames behind", 5*frameTime)
		s.frames(5)
		read(t, c)
		s.frames(5)
		lag("while it waits for a keyframe", 0)
	})
}

func TestHeadersAtTheStartHaveItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(100)
		got := read(t, s.s.Current().Cursor(stream.CursorConfig{}))
		for _, p := range got[:3] {
			if p.Time != got[3].Time {
				t.Errorf("%v header is at %v, its keyframe at %v", p.Kind, p.Time, got[3].Time)
			}
		}
	})
}

// A stream that is configured anew may begin before the old one has wound down.
func TestMetricsOfTwoStreamsOfOneName(t *testing.T) {
	reg := prometheus.NewPedanticRegistry()
	m := stream.NewMetrics(reg)
	older := newSource(t, stream.Config{Metrics: m}, 50)
	newSource(t, stream.Config{Metrics: m}, 50)
	older.s.Close()
	if n, err := testutil.GatherAndCount(reg); n != 7 || err != nil {
		t.Errorf("%d figures, %v, want the newer stream's 7", n, err)
	}
}

// A pause between two publishers is no group of pictures.
func TestKeyframeIntervalWithinAPublisher(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 50)
		s.frames(101)
		time.Sleep(30 * time.Second)
		s.takeOver()
		s.sent = 0
		s.frames(1)
		if got := s.s.Stats().KeyframeInterval; got != 2*time.Second {
			t.Errorf("KeyframeInterval = %v, want 2s", got)
		}
	})
}
