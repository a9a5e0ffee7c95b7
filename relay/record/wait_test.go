package record

import (
	"bytes"
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/examples/clip"
	"github.com/hawker-live/hawker/relay/relaytest"
	"github.com/hawker-live/hawker/relay/stream"
)

// TestNextShowDoesNotWait has a disk that does not come to the end of a show's
// file. The next show, of several parts, is recorded from its beginning, and the
// end waits for no longer than it may.
func TestNextShowDoesNotWait(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := stream.New(stream.Config{Name: "main"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(Config{Stream: "main", Feed: s, Settings: Settings{Folder: dir, SplitEvery: 3 * time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		r.turn <- struct{}{} // the disk's
		for range 2 {
			publish(t, s)
			s.End()
			synctest.Wait()
		}
		parts := listed(t, dir)
		if len(parts) != 4 || parts[2].MediaStart > 8100 || parts[2].Date == parts[0].Date {
			t.Fatalf("parts: %+v", parts)
		}
		for _, p := range parts {
			if p.Complete {
				t.Errorf("a disk that takes nothing has completed %+v", p)
			}
		}
		begun := time.Now()
		stop()
		if err := <-ended; err != nil || time.Since(begun) != grace+abrupt {
			t.Errorf("it ended after %v with %v", time.Since(begun), err)
		}
		<-r.turn
	})
	synctest.Test(t, func(t *testing.T) { // the next start
		s, err := stream.New(stream.Config{Name: "main"})
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(Config{Stream: "main", Feed: s, Settings: Settings{Folder: dir}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		synctest.Wait()
		for _, p := range listed(t, dir) {
			if !p.Complete || p.Length < 3900 {
				t.Errorf("after the next start: %+v", p)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// publish sends the clip, of 8 s, in its time.
func publish(t *testing.T, s *stream.Stream) {
	t.Helper()
	c, err := relaytest.ReadClip(bytes.NewReader(clip.FLV()))
	if err != nil {
		t.Fatal(err)
	}
	out := s.Publisher()
	out.TakeOver(s.Begin())
	begun := time.Now()
	for _, tag := range c.Tags() {
		<-time.After(time.Until(begun.Add(time.Duration(tag.Time) * time.Millisecond)))
		if err := out.Write(tag.Kind, tag.Time, tag.Body, time.Now()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	}
}

func listed(t *testing.T, dir string) []Part {
	t.Helper()
	f, err := openFolder(dir, "main", false)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	parts, err := f.parts()
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// nobody has no shows.
type nobody struct{}

// Live implements Feed.
func (nobody) Live(ctx context.Context) (*stream.Broadcast, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}
