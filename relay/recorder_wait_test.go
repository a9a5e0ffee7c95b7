package relay

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/stream"
)

// lost is a disk that does not answer, where a recorder asks for shows.
type lost struct{ asked, answered chan struct{} }

// Live implements record.Feed, and does not end when it should.
func (l *lost) Live(context.Context) (*stream.Broadcast, error) {
	l.asked <- struct{}{}
	<-l.answered
	return nil, context.Canceled
}

// TestRecorderThatHangsIsReplaced has other settings for a recorder that a disk
// keeps from ending. The next one begins at once, a stream that is removed is gone
// at once, and the end of all waits for no longer than it may.
func TestRecorderThatHangsIsReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		disk := &lost{make(chan struct{}), make(chan struct{})}
		var running sync.WaitGroup
		r := newRecording(&running, func(s record.Settings) (*record.Recorder, error) {
			return record.New(record.Config{Stream: "main", Settings: s, Feed: disk})
		})
		settings := func(split time.Duration) *record.Settings {
			return &record.Settings{Folder: dir, SplitEvery: split}
		}
		apply := func(s *record.Settings) {
			if err := r.apply(s); err != nil {
				t.Fatal(err)
			}
		}
		apply(settings(time.Minute))
		ctx, stop := context.WithCancel(t.Context())
		removed := make(chan struct{})
		go func() { r.run(ctx); close(removed) }()
		<-disk.asked
		begun := time.Now()
		apply(settings(time.Hour))
		<-disk.asked
		stop()
		<-removed
		if took := time.Since(begun); took != 0 {
			t.Errorf("another recorder, and the stream's end, have waited for %v", took)
		}
		running.Wait()
		if took := time.Since(begun); took < time.Second || took > 7*time.Second {
			t.Errorf("the end of all took %v", took)
		}
		close(disk.answered)
	})
}
