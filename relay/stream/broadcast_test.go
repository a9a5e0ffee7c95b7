package stream_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

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
		s.takeOver()
		s.frames(1)
		if b := <-live; b == nil || b != s.s.Current() {
			t.Error("Live did not go on to the next broadcast")
		}
	})
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
