package stream

import (
	"context"
	"testing"

	"github.com/hawker-live/hawker/relay/media"
)

// Connections come and go while nothing is published; none may stay behind.
func TestClosedCursorsDoNotWait(t *testing.T) {
	s, err := New(Config{Name: "main"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := s.Begin()
	gone, cancel := context.WithCancel(t.Context())
	for range 100 {
		c := b.Cursor(CursorConfig{})
		if _, _, err := c.take(make([]media.Packet, 1)); err != nil {
			t.Fatal(err)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if n := len(b.waiting); n != 0 {
		t.Errorf("%d closed cursors still wait", n)
	}
	c := b.Cursor(CursorConfig{})
	if _, err := c.Next(gone, make([]media.Packet, 1)); err == nil {
		t.Error("Next goes on after its context")
	}
}
