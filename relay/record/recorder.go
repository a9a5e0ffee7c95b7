package record

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// retryAfter is how long recording pauses after an error.
const retryAfter = 10 * time.Second

// Recorder writes a stream's broadcasts into files.
type Recorder struct {
	conf    Config
	closing sync.WaitGroup // of files
	mending sync.WaitGroup // of files that a crash has left
	busy    atomic.Bool    // with that
	told    string         // the last failure that was logged,
	failure time.Time      // and when there was one last
	unended string         // what was logged of files that could not be completed; mending's own

	mu     sync.Mutex // guards the rest
	status Status
}

// Status is what is known of a recording.
type Status struct {
	// File is being written, from Since on; empty while none is. Its name is
	// relative to the stream's folder.
	File  string
	Since time.Time
	// Bytes is what has been written to it.
	Bytes int64
	// Error is why recording pauses; empty when it does not.
	Error string
}

// New checks conf and starts nothing.
func New(conf Config) (*Recorder, error) {
	if err := conf.complete(); err != nil {
		return nil, err
	}
	return &Recorder{conf: conf}, nil
}

// Status returns how the recording is doing.
func (r *Recorder) Status() Status {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status
}

func (r *Recorder) update(f func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.status)
}

// Run records until ctx ends, or there will be no more broadcasts. What was due
// by then is in the files when it returns. Beside that it completes what a crash
// has left open.
func (r *Recorder) Run(ctx context.Context) error {
	defer r.conf.Metrics.active.DeleteLabelValues(r.conf.Stream)
	defer r.mending.Wait()
	r.active(nil)
	if err := r.mend(); err != nil {
		r.failed(err)
	}
	for {
		b, err := r.conf.Feed.Live(ctx)
		if err != nil || ctx.Err() != nil {
			return nil
		}
		r.record(ctx, b)
	}
}

// record records one broadcast, and tries again after errors.
func (r *Recorder) record(ctx context.Context, b *stream.Broadcast) {
	show := showName(time.Now())
	for {
		err := r.attempt(ctx, b, show)
		if err == nil {
			return
		}
		r.failed(err)
		wait := time.NewTimer(retryAfter)
		select {
		case <-wait.C:
		case <-b.Done():
			wait.Stop()
			return
		case <-ctx.Done():
			wait.Stop()
			return
		}
	}
}

// attempt records until the broadcast or ctx ends, which is no error.
func (r *Recorder) attempt(ctx context.Context, b *stream.Broadcast, show string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			r.conf.Metrics.panics.Inc()
			r.conf.Logger.Error("recording panicked", "err", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	dir, err := openFolder(r.conf.Folder, r.conf.Stream, true)
	if err != nil {
		return err
	}
	defer func() { r.closing.Wait(); _ = dir.Close() }()
	if err := r.mend(); err != nil {
		return err
	}
	t := newTape(r, dir, show)
	defer t.abandon()
	source := b.Cursor(stream.CursorConfig{MaxBytes: r.conf.QueueBytes, MaxLag: r.conf.QueueTime})
	defer func() { _ = source.Close() }()
	if err := r.copy(ctx, source, t); err != nil {
		return err
	}
	return t.end()
}

// copy takes what the source has until its end, or until ctx has ended and there
// is nothing more at once.
func (r *Recorder) copy(ctx context.Context, source *stream.Cursor, t *tape) error {
	batch := make([]media.Packet, 64)
	lost := uint64(0)
	for {
		n, end := source.Next(ctx, batch)
		if end != nil && ctx.Err() != nil {
			if n, end = source.Poll(batch); n == 0 && end == nil {
				end = ctx.Err()
			}
		}
		if d := source.Dropped(); d > lost {
			r.conf.Metrics.dropped.WithLabelValues(r.conf.Stream).Add(float64(d - lost))
			lost = d
		}
		err := t.takeAll(batch[:n])
		clear(batch[:n])
		switch {
		case err != nil:
			return err
		case end == nil:
		case errors.Is(end, stream.ErrEnded), ctx.Err() != nil && n == 0:
			return nil
		default:
			return end
		}
	}
}

// healthy is for how long recording must have gone well for an error to be news.
const healthy = time.Minute

// failed takes note of an error. It is logged when it is another one than before.
func (r *Recorder) failed(err error) {
	r.conf.Metrics.errors.WithLabelValues(r.conf.Stream).Inc()
	cause := err.Error()
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		cause = path.Err.Error() // the names differ from try to try
	}
	if cause != r.told || time.Since(r.failure) > healthy {
		r.conf.Logger.Error("recording pauses; the stream goes on", "retry_in", retryAfter, "err", err)
	}
	r.told, r.failure = cause, time.Now()
	r.update(func(s *Status) { s.Error = err.Error() })
}

// active says which file is being written; nil is none.
func (r *Recorder) active(p *part) {
	r.update(func(s *Status) {
		if p == nil {
			s.File, s.Bytes, s.Since = "", 0, time.Time{}
			return
		}
		*s = Status{File: p.data(), Since: p.Started, Bytes: p.size}
	})
	is := 0.0
	if p != nil {
		is = 1
	}
	r.conf.Metrics.active.WithLabelValues(r.conf.Stream).Set(is)
}
