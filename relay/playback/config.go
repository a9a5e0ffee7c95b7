package playback

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hawker-live/hawker/relay/stream"
)

// Config says what to show. Zero fields are their defaults.
type Config struct {
	// Stream is the stream's public name: a label of logs and metrics. Required.
	Stream string
	// Source tells of broadcasts: a *stream.Stream. Required.
	Source Source
	// Timeline brings cues for HLS; nil brings none.
	Timeline Timeline
	// MaxFeeds (1000) is how many feeds may be open, MaxWaiting (4000) how many
	// requests may wait for what is not there yet; a player of low-latency HLS
	// has up to two. Beyond them requests are answered 503.
	MaxFeeds, MaxWaiting int
	// MaxBytes (64 MiB) is the most that segments may take, except that the
	// three newest stay.
	MaxBytes int64
	// IdleAfter (20 s) is for how long there must be no request before the
	// stream is no longer packaged.
	IdleAfter time.Duration
	// WriteTimeout (10 s) is how long a viewer may take nothing of what it is
	// sent, and how long it may take for all of an answer, unless that is media
	// and four times as long as it lasts is more.
	WriteTimeout time.Duration
	// Logger and Metrics may be nil.
	Logger  *slog.Logger
	Metrics *Metrics
}

// Source is a stream as playback sees it.
type Source interface {
	// Current is the broadcast that is on, or nil.
	Current() *stream.Broadcast
	// Stats is what is known of it.
	Stats() stream.Stats
}

func (c *Config) complete() error {
	var errs []error
	if c.Stream == "" {
		errs = append(errs, errors.New("the stream has no name"))
	}
	if c.Source == nil {
		errs = append(errs, errors.New("it has no source"))
	}
	if c.MaxFeeds < 0 || c.MaxWaiting < 0 || c.MaxBytes < 0 || c.IdleAfter < 0 || c.WriteTimeout < 0 {
		errs = append(errs, errors.New("limits must not be negative"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("playback of stream %q: %w", c.Stream, err)
	}
	fallback(&c.MaxFeeds, 1000)
	fallback(&c.MaxWaiting, 4000)
	fallback(&c.MaxBytes, 64<<20)
	fallback(&c.IdleAfter, 20*time.Second)
	fallback(&c.WriteTimeout, 10*time.Second)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	c.Logger = c.Logger.With("stream", c.Stream)
	return nil
}

func fallback[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
