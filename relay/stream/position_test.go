package stream_test

import (
	"testing"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

func TestPosition(t *testing.T) {
	s, err := stream.New(stream.Config{Name: "main"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	came := time.Unix(1_700_000_000, 0)
	begin := func() *stream.Publisher {
		p := s.Publisher()
		p.TakeOver(s.Begin())
		return p
	}
	p := begin()
	write := func(kind media.Kind, ms uint32, body []byte) {
		t.Helper()
		came = came.Add(10 * time.Millisecond)
		if err := p.Write(kind, ms, body, came); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what string, want time.Duration) {
		t.Helper()
		if at, ok := s.Position(); !ok || at != want {
			t.Errorf("%s: position %v, %v; want %v", what, at, ok, want)
		}
	}
	if at, ok := s.Position(); ok {
		t.Errorf("before the first packet it is at %v", at)
	}
	write(media.Video, 0, videoHeader(1))
	if at, ok := s.Position(); ok {
		t.Errorf("after a header it is at %v", at)
	}
	write(media.Audio, 0, frame(0xAF, 20, 0))
	expect("sound", 0)
	write(media.Audio, 20, frame(0xAF, 20, 0))
	expect("sound before the first picture", 20*time.Millisecond)
	write(media.Video, 10, frame(0x17, 20, 0))
	expect("the first picture", 10*time.Millisecond)
	write(media.Audio, 41, frame(0xAF, 20, 0))
	expect("sound after a picture", 10*time.Millisecond)
	write(media.Data, 43, metadata)
	write(media.Video, 43, frame(0x27, 20, 0))
	expect("the next picture", 43*time.Millisecond)
	s.End()
	expect("after the end", 43*time.Millisecond)
	came = came.Add(time.Minute)
	p = begin()
	expect("a broadcast without a packet", 43*time.Millisecond)
	write(media.Audio, 0, frame(0xAF, 20, 0))
	if at, _ := s.Position(); at < time.Minute {
		t.Errorf("sound of a broadcast without picture: position %v, want a minute later", at)
	}
}
