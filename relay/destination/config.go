package destination

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// How much may wait for a slow platform when the configuration does not say.
const (
	DefaultQueueBytes = 8 << 20
	DefaultQueueTime  = 4 * time.Second
)

// Config says what a destination sends, and where.
type Config struct {
	// Stream and Name are public names: labels of logs and metrics. A name is
	// required, and unique in its stream.
	Stream, Name string
	// Targets are the places to publish to, one at a time. The first is the
	// primary; the others are tried after two failures in a row. Required.
	Targets []rtmp.Target
	// Enabled is whether to send at all. It can be changed later.
	Enabled bool
	// Delay is how far behind the broadcast to stay: 0 or more.
	Delay time.Duration
	// Gather is for how long packets may wait for others, to be written together,
	// which takes less of the processor: 0 or more.
	Gather time.Duration
	// FixedParameters says that the platform takes no new codec parameters
	// within a connection: it gets a new connection when they change.
	FixedParameters bool
	// Decorator is what the packets pass through; nil, which costs nothing, for
	// sending them as they are. It is of a type that can be compared, such as a
	// pointer.
	Decorator Decorator
	// QueueBytes (8 MiB by default) and QueueTime (4 s) are how much may wait
	// for a slow platform; beyond it whole groups of pictures are dropped.
	QueueBytes int64
	QueueTime  time.Duration
	// Feed tells of broadcasts and Dialer connects. Both are required, except
	// in what Set.Apply is given.
	Feed   Feed
	Dialer Dialer
	// Logger and Metrics may be nil.
	Logger  *slog.Logger
	Metrics *Metrics
	// Rand returns numbers in [0, 1) for jitter; nil is math/rand/v2's.
	Rand func() float64

	pumps *pumps // of the set
}

// check returns everything that is wrong with c.
func (c *Config) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.Name == "" {
		wrong("has no name")
	}
	if len(c.Targets) == 0 {
		wrong("has no server to send to: give it a url or a platform")
	}
	for _, t := range c.Targets {
		if err := rtmp.CheckServer(t.Server); err != nil {
			wrong("%w", err)
		}
	}
	if c.Delay < 0 || c.Gather < 0 || c.QueueTime < 0 || c.QueueBytes < 0 {
		wrong("delay, gathering and queue limits cannot be negative")
	}
	if err := CheckDecorator(c.Decorator); err != nil {
		wrong("%w", err)
	}
	if c.Feed == nil || c.Dialer == nil {
		wrong("needs a Feed and a Dialer")
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("destination %q: %w", c.Name, err)
	}
	return nil
}

// CheckDecorator returns an error unless d, which may be nil, can be compared.
func CheckDecorator(d Decorator) error {
	if d != nil && !reflect.ValueOf(d).Comparable() {
		return fmt.Errorf("a decorator of type %T cannot be compared", d)
	}
	return nil
}

// withDefaults returns c with its zero values filled in.
func (c Config) withDefaults() Config {
	if c.QueueBytes == 0 {
		c.QueueBytes = DefaultQueueBytes
	}
	if c.QueueTime == 0 {
		c.QueueTime = DefaultQueueTime
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(nil)
	}
	if c.pumps == nil {
		c.pumps = newPumps()
	}
	if c.Rand == nil {
		c.Rand = rand.Float64
	}
	return c
}
