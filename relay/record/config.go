package record

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/hawker-live/hawker/relay/stream"
)

// Format is the kind of a file, and the end of its name.
type Format string

const (
	// MP4 is fragmented MP4, which browsers play.
	MP4 Format = "mp4"
	// FLV holds any codec, and the stream's own metadata. Browsers are given MP4 that is made of it as
	// they read, if that can hold its codecs.
	FLV Format = "flv"
)

// Settings are what an operator can say of a recording. They can be compared.
type Settings struct {
	// Folder is where to make a folder for the stream. Required.
	Folder string
	// Format is MP4 by default.
	Format Format
	// SplitBytes and SplitEvery say when a part is followed by another, at the
	// next keyframe; 0 never.
	SplitBytes int64
	SplitEvery time.Duration
	// MaxAge and MaxBytes are what is kept of the stream's recordings, the newest
	// of them; 0 keeps all. Older ones are deleted when a part begins.
	MaxAge   time.Duration
	MaxBytes int64
}

// Config says what to record, and where.
type Config struct {
	// Stream is the stream's public name: of its folder, and a label of logs and
	// metrics. Required.
	Stream string
	Settings
	// Feed tells of broadcasts: a *stream.Stream. Required.
	Feed Feed
	// QueueBytes (8 MiB by default) and QueueTime (4 s) are how much may wait for
	// a slow disk; beyond it whole groups of pictures are left out.
	QueueBytes int64
	QueueTime  time.Duration
	// Logger and Metrics may be nil.
	Logger  *slog.Logger
	Metrics *Metrics
}

// Feed tells when a broadcast is on.
type Feed interface {
	// Live blocks until a broadcast is on that can be read, and returns it. An
	// error other than the context's says that there will not be another one.
	Live(ctx context.Context) (*stream.Broadcast, error)
}

// streamShape is what a stream's name may be, since a folder is named after it.
var streamShape = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check reports everything that is wrong with s for a stream of that name.
func (s Settings) Check(stream string) error {
	var errs []error
	if !streamShape.MatchString(stream) {
		errs = append(errs, errors.New("the stream's name must have 1 to 64 letters, digits, - and _"))
	}
	if s.Folder == "" {
		errs = append(errs, errors.New("has no folder to record into"))
	}
	if s.Format != "" && s.Format != MP4 && s.Format != FLV {
		errs = append(errs, fmt.Errorf("format %q is not one of mp4, flv", s.Format))
	}
	if s.SplitBytes < 0 || s.SplitEvery < 0 || s.MaxAge < 0 || s.MaxBytes < 0 {
		errs = append(errs, errors.New("sizes and times cannot be negative"))
	}
	return errors.Join(errs...)
}

// complete checks c and fills in its zero values.
func (c *Config) complete() error {
	errs := []error{c.Check(c.Stream)}
	if c.Feed == nil {
		errs = append(errs, errors.New("needs a Feed"))
	}
	if c.QueueBytes < 0 || c.QueueTime < 0 {
		errs = append(errs, errors.New("queue limits cannot be negative"))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("recording of stream %q: %w", c.Stream, err)
	}
	if c.Format == "" {
		c.Format = MP4
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = c.Logger.With("stream", c.Stream)
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	return nil
}
