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

const (
	// retryAfter is how long recording pauses after an error.
	retryAfter = 2 * time.Second
	// grace is for how long what is due may be written, and files completed, after
	// the end. Then they are left as a crash would leave them.
	grace = 5 * time.Second
	// abrupt is how long that may take.
	abrupt = time.Second
)

// Recorder writes a stream's broadcasts into files.
type Recorder struct {
	conf    Config
	aside   sync.WaitGroup // files that are completed or deleted beside the recording
	turn    chan struct{}  // holds one while that is done to one that has just ended
	busy    atomic.Bool    // with those that a crash has left
	pruning atomic.Bool    // with those that are too old
	left    atomic.Bool    // there are such that could not be completed
	writing atomic.Int64   // since when the disk has been taking something; 0 when it is not
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
	// Error is why recording pauses, or has at the end of the last broadcast, and
	// Failed when it was last found so; empty when all is well.
	Error  string
	Failed time.Time
}

// New checks conf and starts nothing.
func New(conf Config) (*Recorder, error) {
	if err := conf.complete(); err != nil {
		return nil, err
	}
	return &Recorder{conf: conf, turn: make(chan struct{}, 1)}, nil
}

// stuck is for how long a disk may be taking what it is given.
const stuck = 5 * time.Second

// Status returns how the recording is doing.
func (r *Recorder) Status() Status {
	r.mu.Lock()
	s := r.status
	r.mu.Unlock()
	if at := r.writing.Load(); at != 0 && s.Error == "" {
		if since := time.Unix(0, at); time.Since(since) > stuck {
			s.Error, s.Failed = "the disk takes nothing", since
		}
	}
	return s
}

func (r *Recorder) update(f func(*Status)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(&r.status)
}

// Run records until ctx ends, or there will be no more broadcasts. What was due
// by then is in the files when it returns. Beside that it completes what a crash
// has left open.
//
// A disk that takes too long for it, or does not answer at all, holds up neither
// another broadcast nor, for more than 6 s, the end: a file that is left open is
// completed at the next start.
func (r *Recorder) Run(ctx context.Context) error {
	r.conf.Metrics.begin(r)
	defer r.conf.Metrics.end(r)
	late, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	done := make(chan struct{})
	go func() { // not always waited for: nothing ends a system call
		defer close(done)
		r.recordAll(ctx, late)
		r.aside.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	if !within(grace, done) {
		stop()
		within(abrupt, done)
		r.conf.Logger.Warn("the disk took too long for the end of a recording; it is completed at the next start")
	}
	return nil
}

// within tells whether done is closed in time.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// recordAll records one broadcast after the other. Files may be completed until
// late ends.
func (r *Recorder) recordAll(ctx, late context.Context) {
	r.active(nil)
	if err := r.mend(ctx); err != nil {
		r.failed(err)
	}
	for {
		b, err := r.conf.Feed.Live(ctx)
		if err != nil || ctx.Err() != nil {
			return
		}
		r.record(ctx, late, b)
	}
}

// record records one broadcast, and tries again after errors.
func (r *Recorder) record(ctx, late context.Context, b *stream.Broadcast) {
	show := showName(time.Now())
	_ = r.mend(ctx) // what is wrong with the folder shows at once
	for {
		err := r.attempt(ctx, late, b, show)
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
func (r *Recorder) attempt(ctx, late context.Context, b *stream.Broadcast, show string) (err error) {
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
	t := newTape(r, dir, show)
	var parts sync.WaitGroup
	t.leave = func(p *part) { parts.Go(func() { r.complete(late, p, dir) }) }
	t.begun = func() {
		if r.left.Swap(false) { // what there was no room for, perhaps
			_ = r.mend(ctx)
		}
	}
	defer func() {
		t.abandon()
		r.aside.Go(func() { parts.Wait(); _ = dir.Close() })
	}()
	source := b.Cursor(stream.CursorConfig{MaxBytes: r.conf.QueueBytes, MaxLag: r.conf.QueueTime})
	defer func() { _ = source.Close() }()
	if err := r.copy(ctx, source, t); err != nil {
		return err
	}
	return t.end()
}

// complete ends a part's file, one at a time, while others are recorded.
func (r *Recorder) complete(ctx context.Context, p *part, dir *folder) {
	p.settle()
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	if err := dir.finish(ctx, p.Part, p.file); err != nil {
		r.left.Store(true)
		r.conf.Logger.Debug("a recording could not be completed", "file", p.data(), "err", err) // mend says so
	}
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
	r.update(func(s *Status) { s.Error, s.Failed = err.Error(), r.failure })
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
	r.conf.Metrics.show(r, p != nil)
}
