package playback

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/hawker-live/hawker/relay/stream"
)

// session is a broadcast, or a stretch of it, made ready for viewers.
type session struct {
	*shelf
	id        string // part of its URLs
	broadcast *stream.Broadcast
	touched   atomic.Int64 // when the last request came, in unix nanoseconds
}

var (
	errEnded   = errors.New("the broadcast has ended")
	errIdle    = errors.New("nobody was watching")
	errStopped = errors.New("the server is shutting down")
)

func newSession(b *stream.Broadcast, stats stream.Stats, maxBytes int64) *session {
	var id [8]byte
	_, _ = rand.Read(id[:]) // it never fails
	s := &session{
		shelf: newShelf(choose(stats), maxBytes), id: hex.EncodeToString(id[:]), broadcast: b,
	}
	s.touch()
	return s
}

func (s *session) touch() { s.touched.Store(time.Now().UnixNano()) }

// idleFor is how long ago the last request came.
func (s *session) idleFor() time.Duration { return time.Since(time.Unix(0, s.touched.Load())) }

// choose fixes a session's timing by what has been seen of the stream.
func choose(stats stream.Stats) timing {
	interval := time.Second / 30
	if stats.Video == nil && stats.Audio != nil {
		interval = 1024 * time.Second / 48000
	} else if stats.FrameRate > 0 {
		interval = time.Duration(float64(time.Second) / stats.FrameRate)
	}
	group := max(stats.KeyframeInterval, stats.Recent.KeyframeInterval)
	if group == 0 && stats.Video != nil {
		group = unknownGroup
	}
	// A second of headroom: groups of pictures differ, and a segment that would
	// be longer is cut where no keyframe is.
	target := time.Duration(math.Ceil(group.Seconds()))*time.Second + time.Second
	slow := (4*interval + time.Second - 1).Truncate(time.Second)
	part := partLength(interval)
	if longest := min(stats.Recent.LongestFrame, patience); stats.Audio == nil && longest > part {
		part = longest + time.Millisecond // without sound, nothing else would be in a part
	}
	return timing{target: max(min(max(target, shortestTarget), longestTarget), slow), part: part, interval: interval}
}

const (
	unknownGroup   = 3 * time.Second
	shortestTarget = 2 * time.Second
	longestTarget  = 12 * time.Second
	partTarget     = 200 * time.Millisecond
)

// partLength is PART-TARGET: 200 ms where frames fit well into it, since parts
// must have 85 % of it (RFC 8216bis section 4.4.4.9); otherwise the shortest
// length from there on that frames do fit into, with a millisecond at either end
// for rounded times.
func partLength(interval time.Duration) time.Duration {
	const rounding = time.Microsecond
	frames := (partTarget + rounding) / interval
	if frames*interval >= partTarget*9/10 {
		return partTarget
	}
	return ((frames+1)*interval + 2*time.Millisecond).Truncate(time.Millisecond)
}

// lookBack is what a session begins with, as far as the ring has it: players of
// HLS want a whole segment.
const lookBack = 4 * time.Second

// run packages the broadcast until it ends, ctx does, or nobody is watching. It
// returns why.
func (s *session) run(ctx context.Context, conf *Config, busy func() bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			conf.Metrics.panics.Inc()
			err = fmt.Errorf("packaging panicked: %v", r)
		}
		s.end(err)
	}()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer s.watch(conf.IdleAfter, busy, stop)()
	source := s.broadcast.Cursor(stream.CursorConfig{Back: lookBack})
	defer func() { _ = source.Close() }()
	pack := newPackager(s.shelf, conf)
	loss := &loss{conf: conf, source: source}
	batch := make([]media.Packet, 64)
	for {
		n, err := source.Next(ctx, batch)
		if loss.more() {
			pack.lost = true // before the first of the batch
		}
		for i := range batch[:n] {
			if err := pack.take(&batch[i]); err != nil {
				return err
			}
		}
		clear(batch[:n])
		s.show()
		if err != nil {
			pack.finish()
			return why(ctx, err)
		}
	}
}

// why the source has no more.
func why(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, stream.ErrEnded):
		return errEnded
	case errors.Is(context.Cause(ctx), errIdle):
		return errIdle
	}
	return errStopped
}

// watch stops the session when there has been no request for idle and none is
// busy, until the returned function is called.
func (s *session) watch(idle time.Duration, busy func() bool, stop context.CancelCauseFunc) (end func() bool) {
	var timer *time.Timer
	set := make(chan struct{})
	timer = time.AfterFunc(idle, func() {
		<-set
		left := idle - s.idleFor()
		switch {
		case left > 0:
			timer.Reset(left)
		case busy():
			timer.Reset(idle)
		default:
			stop(errIdle)
		}
	})
	close(set)
	return timer.Stop
}
