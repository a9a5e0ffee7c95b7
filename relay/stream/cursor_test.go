package stream_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

func TestCursorBeginsWithHeadersAndTheNewestKeyframe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(8)
		c := s.s.Current().Cursor(stream.CursorConfig{})
		late := read(t, c)
		if got, want := outline(late), "MVAK5avava"; got != want {
			t.Fatalf("late reader got %s, want %s", got, want)
		}
		for _, header := range late[:3] {
			if header.Time != late[3].Time {
				t.Errorf("a header is at %v, want the keyframe's %v", header.Time, late[3].Time)
			}
		}
		s.frames(3)
		if got, want := outline(read(t, c)), "vavaK10a"; got != want {
			t.Errorf("then %s, want %s", got, want)
		}
	})
}

func TestCursorWaitsForTheFirstKeyframe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		c := s.s.Current().Cursor(stream.CursorConfig{})
		s.headers()
		s.sent = 3
		s.frames(2)
		if got := read(t, c); len(got) != 0 {
			t.Errorf("got %s before a keyframe", outline(got))
		}
		s.frames(1)
		if got, want := outline(read(t, c)), "MVAK5a"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestSlowReaderSkipsWholeGroups(t *testing.T) {
	tests := map[string]struct {
		conf   stream.Config
		cursor stream.CursorConfig
		group  int
		size   int
		away   int // frames published while the reader is away
		want   string
	}{
		"within its limits it gets all":         {group: 5, away: 6, want: "vavavaK5avava"},
		"too late it gets the newest group":     {cursor: stream.CursorConfig{MaxLag: 200 * time.Millisecond}, group: 5, away: 10, want: "K10ava"},
		"too many bytes, the newest group":      {cursor: stream.CursorConfig{MaxBytes: 5000}, group: 5, size: 1000, away: 10, want: "K10ava"},
		"off the ring, the newest group":        {conf: stream.Config{MaxBytes: 4000}, group: 5, size: 1000, away: 20, want: "K20ava"},
		"no keyframe ahead: nothing until one":  {cursor: stream.CursorConfig{MaxLag: 200 * time.Millisecond}, group: 50, away: 10, want: ""},
		"a group longer than the limit is kept": {cursor: stream.CursorConfig{MaxLag: 2 * time.Second}, group: 50, away: 10, want: "vavavavavavavavavava"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource(t, tt.conf, tt.group)
				s.size = tt.size
				s.headers()
				s.frames(2)
				c := s.s.Current().Cursor(tt.cursor)
				if got, want := outline(read(t, c)), "MVAK0ava"; got != want {
					t.Fatalf("began with %s, want %s", got, want)
				}
				s.frames(tt.away)
				got := read(t, c)
				if outline(got) != tt.want {
					t.Errorf("got %s, want %s", outline(got), tt.want)
				}
				if skipped := uint64(2*tt.away - len(got)); c.Dropped() != skipped {
					t.Errorf("Dropped() = %d, want %d", c.Dropped(), skipped)
				}
			})
		})
	}
}

func TestReaderThatBeginsInALongGroupGetsAllOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 1000)
		s.headers()
		s.frames(250) // 10 s, far over MaxLag
		c := s.s.Current().Cursor(stream.CursorConfig{})
		if got := read(t, c); len(got) != 3+500 || c.Dropped() != 0 {
			t.Errorf("got %d packets and lost %d, want 503 and none", len(got), c.Dropped())
		}
		s.frames(50)
		if got := read(t, c); len(got) != 100 {
			t.Errorf("then got %d packets, want 100", len(got))
		}
		s.frames(150) // 6 s behind: now the limit counts
		if got := read(t, c); len(got) != 0 {
			t.Errorf("a reader 6 s behind got %d packets of a group that it had lost", len(got))
		}
	})
}

func TestReaderMayBeginBeforeTheNewestKeyframe(t *testing.T) {
	tests := map[string]struct {
		back time.Duration
		want string
	}{
		"the newest":             {0, "MVAK100v"},
		"a second back":          {time.Second, "MVAK75v"},
		"further than there is":  {time.Hour, "MVAK25v"},
		"as old as the keyframe": {3*time.Second + 39*time.Millisecond, "MVAK25v"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource(t, stream.Config{}, 25)
				s.headers()
				s.frames(101)
				c := s.s.Current().Cursor(stream.CursorConfig{Back: test.back})
				got := strings.ReplaceAll(outline(read(t, c)), "a", "")
				if !strings.HasPrefix(got+"v", test.want) {
					t.Errorf("got %.20s, want %s", got, test.want)
				}
				if c.Dropped() != 0 {
					t.Errorf("%d packets were dropped", c.Dropped())
				}
			})
		})
	}
}

func TestDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 400 * time.Millisecond
		s := newSource(t, stream.Config{MaxDelay: delay}, 5)
		s.headers()
		c := s.s.Current().Cursor(stream.CursorConfig{Delay: delay})
		go func() {
			s.frames(30)
			s.s.End()
		}()
		var next uint32
		batch := make([]media.Packet, 4)
		for {
			n, err := c.Next(t.Context(), batch)
			for _, p := range batch[:n] {
				if late := time.Since(p.Arrived); !p.Header && (late < delay || late > delay+frameTime) {
					t.Errorf("frame came %v after its arrival, want %v", late, delay)
				}
				if p.Kind == media.Video && !p.Header {
					if number(p) != next {
						t.Fatalf("frame %d, want %d", number(p), next)
					}
					next++
				}
			}
			if errors.Is(err, stream.ErrEnded) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if next != 30 {
			t.Errorf("%d frames before the end, want all 30", next)
		}
		if c.Lag() != 0 {
			t.Errorf("Lag() = %v at the end", c.Lag())
		}
	})
}

func TestEndDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(2)
		b := s.s.Current()
		c, never := b.Cursor(stream.CursorConfig{}), b.Cursor(stream.CursorConfig{})
		s.s.End()
		if got, want := outline(read(t, c)), "MVAK0ava"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		read(t, never)
		for range 2 {
			if _, err := c.Next(t.Context(), make([]media.Packet, 1)); !errors.Is(err, stream.ErrEnded) {
				t.Errorf("Next after the end: %v", err)
			}
		}
		select {
		case <-b.Done():
		default:
			t.Error("Done is open")
		}
		if err := s.p.Write(media.Video, 0, videoHeader(1), time.Now()); err == nil {
			t.Error("a publisher can write after the end")
		}
	})
}

// TestManyReadersSeeTheSame has readers of all speeds against a publisher as
// fast as it goes, for the race detector and for lost wake-ups.
func TestNextDoesNotAllocate(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	s.headers()
	s.write(media.Video, 0, frame(0x17, 0, 0))
	c := s.s.Current().Cursor(stream.CursorConfig{})
	batch := make([]media.Packet, 64)
	if _, err := c.Next(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	body, now := frame(0x27, 0, 1), time.Now()
	allocs := testing.AllocsPerRun(1000, func() {
		if err := s.p.Write(media.Video, 40, body, now); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations for a packet in and out, want none", allocs)
	}
}
