package stream_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// Tag bodies in classic form: AVC and AAC.
func videoHeader(id byte) []byte { return []byte{0x17, 0, 0, 0, 0, id} }
func audioHeader(id byte) []byte { return []byte{0xAF, 0, id} }

func frame(first byte, size int, number uint32) []byte {
	b := make([]byte, max(size, 16))
	b[0], b[1] = first, 1
	binary.BigEndian.PutUint32(b[8:], number)
	return b
}

func number(p media.Packet) uint32 { return binary.BigEndian.Uint32(p.Body[8:]) }

var metadata = []byte("\x02\x00\x0aonMetaData\x05")

// source publishes 25 frames a second in groups, each frame followed by audio.
type source struct {
	t     testing.TB
	s     *stream.Stream
	p     *stream.Publisher
	group int
	size  int
	sent  uint32 // frames
}

func newSource(t testing.TB, conf stream.Config, group int) *source {
	t.Helper()
	conf.Name = "main"
	s, err := stream.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return &source{t: t, s: s, p: s.Begin().Publisher(), group: group, size: 100}
}

func (s *source) write(kind media.Kind, ts uint32, body []byte) {
	s.t.Helper()
	if err := s.p.Write(kind, ts, body, time.Now()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *source) headers() {
	s.write(media.Data, 0, metadata)
	s.write(media.Video, 0, videoHeader(1))
	s.write(media.Audio, 0, audioHeader(1))
}

const frameTime = 40 * time.Millisecond

// frames publishes n frames in their time.
func (s *source) frames(n int) {
	for range n {
		first := byte(0x27)
		if int(s.sent)%s.group == 0 {
			first = 0x17
		}
		ts := s.sent * uint32(frameTime/time.Millisecond)
		s.write(media.Video, ts, frame(first, s.size, s.sent))
		s.write(media.Audio, ts, frame(0xAF, 0, s.sent))
		s.sent++
		time.Sleep(frameTime)
	}
}

// read takes all that is ready now.
func read(t testing.TB, c *stream.Cursor) []media.Packet {
	t.Helper()
	var out []media.Packet
	batch := make([]media.Packet, 7)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
		n, err := c.Next(ctx, batch)
		cancel()
		out = append(out, batch[:n]...)
		if err != nil {
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, stream.ErrEnded) {
				t.Fatalf("Next: %v", err)
			}
			return out
		}
	}
}

// outline tells packets as M, H (headers), K (keyframe), v, a, with the number
// of keyframes.
func outline(packets []media.Packet) string {
	var out string
	for _, p := range packets {
		switch {
		case p.Kind == media.Data:
			out += "M"
		case p.Header && p.Kind == media.Video:
			out += "V"
		case p.Header:
			out += "A"
		case p.Keyframe:
			out += fmt.Sprintf("K%d", number(p))
		case p.Kind == media.Video:
			out += "v"
		default:
			out += "a"
		}
	}
	return out
}

func TestCursorBeginsWithHeadersAndTheNewestKeyframe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(8)
		c := s.s.Current().Cursor(stream.CursorConfig{})
		if got, want := outline(read(t, c)), "MVAK5avava"; got != want {
			t.Errorf("late reader got %s, want %s", got, want)
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

func TestReissuesOnlyChangedHeadersAfterASkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(1)
		c := s.s.Current().Cursor(stream.CursorConfig{MaxLag: 300 * time.Millisecond})
		read(t, c)
		s.frames(4)
		s.write(media.Video, 200, videoHeader(2))
		s.frames(10)
		s.write(media.Audio, 600, audioHeader(1)) // the same again
		s.frames(2)
		if got, want := outline(read(t, c)), "VK15ava"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestHeadersBelongToTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.headers()
		s.frames(5)
		s.write(media.Video, 200, videoHeader(2)) // in force from the next keyframe on
		c := s.s.Current().Cursor(stream.CursorConfig{})
		got := read(t, c)
		if got[1].Body[5] != 1 {
			t.Error("a reader that begins at the old keyframe got the new header first")
		}
		if last := got[len(got)-1]; !last.Header || last.Body[5] != 2 {
			t.Errorf("the new header is not in its place: %s", outline(got))
		}
	})
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

func TestEndWakesWaitingReaders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		c := s.s.Current().Cursor(stream.CursorConfig{})
		done := make(chan error)
		go func() {
			_, err := c.Next(t.Context(), make([]media.Packet, 1))
			done <- err
		}()
		synctest.Wait()
		s.s.End()
		if err := <-done; !errors.Is(err, stream.ErrEnded) {
			t.Errorf("Next = %v", err)
		}
	})
}

func TestAudioOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		s.write(media.Audio, 0, audioHeader(1))
		for i := range uint32(200) {
			s.write(media.Audio, 20*i, frame(0xAF, 0, i))
			time.Sleep(20 * time.Millisecond)
		}
		c := s.s.Current().Cursor(stream.CursorConfig{})
		got := read(t, c)
		if len(got) < 2 || !got[0].Header || len(got) > 1+1000/20 {
			t.Errorf("got %d packets, want the header and at most a second of audio", len(got))
		}
	})
}

func TestLiveWaitsForAStartPoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		live := make(chan *stream.Broadcast)
		go func() {
			b, err := s.s.Live(t.Context())
			if err != nil {
				t.Error(err)
			}
			live <- b
		}()
		s.headers()
		synctest.Wait()
		select {
		case <-live:
			t.Fatal("Live before there is a keyframe")
		default:
		}
		s.frames(1)
		if <-live != s.s.Current() {
			t.Error("Live returned another broadcast")
		}
	})
}

func TestLiveGoesOnToTheNextBroadcast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource(t, stream.Config{}, 5)
		live := make(chan *stream.Broadcast, 1)
		go func() {
			b, _ := s.s.Live(t.Context())
			live <- b
		}()
		synctest.Wait()
		s.s.End() // without ever a keyframe
		s.p = s.s.Begin().Publisher()
		s.frames(1)
		if b := <-live; b == nil || b != s.s.Current() {
			t.Error("Live did not go on to the next broadcast")
		}
	})
}

func TestNewerPublisherReplacesOlder(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	older := s.p
	s.p = s.s.Begin().Publisher()
	if err := older.Write(media.Video, 0, videoHeader(1), time.Now()); !errors.Is(err, stream.ErrReplaced) {
		t.Errorf("the older publisher's write: %v, want ErrReplaced", err)
	}
	s.write(media.Video, 0, videoHeader(1))
}

func TestMemoryIsTheRing(t *testing.T) {
	tests := map[string]struct {
		group   int
		readers int
		most    int64
	}{
		"one reader":                 {25, 1, 6 * 25 * 1000},
		"fifty readers that sleep":   {25, 50, 6 * 25 * 1000},
		"no keyframe for a minute":   {100_000, 1, 1 << 20},
		"nobody at all reads":        {25, 0, 6 * 25 * 1000},
		"a group longer than MaxAge": {250, 1, 11 * 25 * 1000},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource(t, stream.Config{MaxBytes: 1 << 20}, tt.group)
				s.size = 1000
				s.headers()
				s.frames(1)
				for range tt.readers {
					read(t, s.s.Current().Cursor(stream.CursorConfig{}))
				}
				s.frames(60 * 25)
				if held := s.s.Stats().RingBytes; held > tt.most {
					t.Errorf("the ring holds %d bytes, want at most %d", held, tt.most)
				}
			})
		})
	}
}

// TestManyReadersSeeTheSame has readers of all speeds against a publisher as
// fast as it goes, for the race detector and for lost wake-ups.
func TestManyReadersSeeTheSame(t *testing.T) {
	const frames = 3000
	s := newSource(t, stream.Config{MaxBytes: 1 << 30, MaxAge: time.Hour}, 30)
	b := s.s.Current()
	var readers sync.WaitGroup
	for i := range 20 {
		c := b.Cursor(stream.CursorConfig{MaxBytes: 1 << 30, MaxLag: time.Hour})
		readers.Go(func() {
			var next uint32
			batch := make([]media.Packet, 1+i)
			for {
				n, err := c.Next(t.Context(), batch)
				for _, p := range batch[:n] {
					if p.Kind == media.Video && !p.Header {
						if number(p) < next || next > 0 && number(p) != next {
							t.Errorf("reader %d: frame %d, want %d", i, number(p), next)
						}
						next = number(p) + 1
					}
				}
				if err != nil {
					break
				}
			}
			if next != frames {
				t.Errorf("reader %d: last frame %d, want %d", i, next, frames)
			}
		})
	}
	s.headers()
	for i := range uint32(frames) {
		first := byte(0x27)
		if i%30 == 0 {
			first = 0x17
		}
		s.write(media.Video, i*40, frame(first, 0, i))
	}
	s.s.End()
	readers.Wait()
}

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

func TestHeadersInForce(t *testing.T) {
	s := newSource(t, stream.Config{}, 5)
	s.headers()
	var kinds []media.Kind
	for _, h := range s.s.Current().Headers() {
		kinds = append(kinds, h.Kind)
	}
	if want := []media.Kind{media.Data, media.Video, media.Audio}; !slices.Equal(kinds, want) {
		t.Errorf("Headers() = %v, want %v", kinds, want)
	}
}
