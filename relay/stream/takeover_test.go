package stream_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// begun publishes the first keyframe, and returns a reader that has it.
func (s *source) begun() *stream.Cursor {
	s.t.Helper()
	s.headers()
	s.frames(1)
	c := s.s.Current().Cursor(stream.CursorConfig{})
	read(s.t, c)
	return c
}

// A newer publisher gets on air with its first keyframe, with what has changed
// of its headers before it; until then the older one stays.
func TestTakeOverAtTheKeyframe(t *testing.T) {
	tests := map[string]struct {
		prepare func(s *source)
		want    string
	}{
		"the same headers":       {func(s *source) { s.headers() }, "vavaK0a"},
		"another picture":        {func(s *source) { s.headers(); s.write(media.Video, 0, videoHeader(2)) }, "vavaVK0a"},
		"in the middle of a GOP": {func(s *source) { s.headers(); s.sent = 1; s.frames(4); s.sent = 0 }, "vavaK0a"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource(t, stream.Config{}, 5)
				c := s.begun()
				older := *s
				s.takeOver()
				s.sent = 0
				tt.prepare(s)
				older.frames(2)
				if s.p.OnAir() || !older.p.OnAir() {
					t.Error("the newer publisher is on air before its keyframe")
				}
				s.frames(1)
				if !s.p.OnAir() || older.p.OnAir() {
					t.Error("the newer publisher is not on air after its keyframe")
				}
				older.frames(1) // stands by: nobody sees it
				if got := outline(read(t, c)); got != tt.want {
					t.Errorf("got %s, want %s", got, tt.want)
				}
			})
		})
	}
}

// Whatever stands by does not get on air by itself, and knows its headers when
// it is called.
func TestStandByUntilCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		c := s.begun()
		spare := &source{t: t, s: s.s, p: s.s.Publisher(), group: 5, size: 100}
		spare.write(media.Video, 7000, videoHeader(3))
		spare.frames(10)
		spare.p.TakeOver(s.s.Current())
		spare.p.StandBy()
		spare.frames(5)
		if got := outline(read(t, c)); got != "" {
			t.Errorf("readers got %s of a publisher that stands by", got)
		}
		spare.p.TakeOver(s.s.Current())
		spare.frames(1)
		if got, want := outline(read(t, c)), "VK15a"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		s.s.End()
		if err := spare.p.Write(media.Audio, 0, audioHeader(1), time.Now()); !errors.Is(err, stream.ErrEnded) {
			t.Errorf("on air after the end: %v, want ErrEnded", err)
		}
		if err := s.p.Write(media.Audio, 0, audioHeader(1), time.Now()); err != nil {
			t.Errorf("standing by after the end: %v, want nil", err)
		}
	})
}

// Of two that may take over the first at its keyframe does, and the other not
// after it.
func TestFirstOfTwoTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		c := s.begun()
		one := &source{t: t, s: s.s, p: s.s.Publisher(), group: 5, size: 100, sent: 1}
		two := &source{t: t, s: s.s, p: s.s.Publisher(), group: 5, size: 100, sent: 10}
		one.p.TakeOver(s.s.Current())
		two.p.TakeOver(s.s.Current())
		one.frames(2)
		two.frames(2)
		one.frames(3)
		if got, want := outline(read(t, c)), "K10ava"; got != want || !two.p.OnAir() {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// What fills in is on air at once, on the same clock, and counts for nothing.
func TestFiller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(6)
		b := s.s.Current()
		before := s.s.Stats()
		c := b.Cursor(stream.CursorConfig{})
		last := read(t, c)
		time.Sleep(time.Second)
		filler := s.s.Filler()
		filler.TakeOver(b)
		if err := filler.Write(media.Video, 0, b.Keyframe(), time.Now()); err != nil {
			t.Fatal(err)
		}
		got := read(t, c)
		if outline(got) != "K5" {
			t.Fatalf("got %s, want the newest keyframe again", outline(got))
		}
		if gap := got[0].Time - last[len(last)-1].Time; gap != time.Second+frameTime {
			t.Errorf("the gap is %v, want what has passed", gap)
		}
		if after := s.s.Stats(); after.Bytes != before.Bytes || after.Packets[media.Video] != before.Packets[media.Video] || after.KeyframeInterval != before.KeyframeInterval {
			t.Errorf("the filler was counted: %v, %v", before, after)
		}
		time.Sleep(time.Second)
		if err := filler.Write(media.Video, 1000, b.Keyframe(), time.Now()); err != nil {
			t.Fatal(err)
		}
		if after := s.s.Stats(); after.KeyframeInterval != before.KeyframeInterval {
			t.Errorf("the filler was measured: keyframe every %v", after.KeyframeInterval)
		}
		if got := outline(read(t, b.Cursor(stream.CursorConfig{}))); got != "MVAK5" {
			t.Errorf("a new reader got %s, want the headers and the filler", got)
		}
	})
}

// A keyframe of other parameters must not be shown again.
func TestKeyframeFitsTheHeader(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	s.headers()
	s.write(media.Video, 0, frame(0x17, 100, 0))
	s.write(media.Video, 40, videoHeader(1))
	if s.s.Current().Keyframe() == nil {
		t.Error("the same header again has taken the keyframe away")
	}
	s.write(media.Video, 40, videoHeader(2))
	if s.s.Current().Keyframe() != nil {
		t.Error("the keyframe is of the header before")
	}
}
