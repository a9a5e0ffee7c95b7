package destination

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Destination is one egress. Its methods may be called from any goroutine.
type Destination struct {
	cfg       Config
	latencies histogram
	log       *slog.Logger
	enabled   *toggle
	retry     chan struct{}
	running   atomic.Bool

	mu     sync.Mutex // guards status
	status Status
}

// New returns a destination that does nothing yet: Run does.
func New(cfg Config) (*Destination, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	d := &Destination{
		cfg:     cfg,
		log:     cfg.Logger.With("stream", cfg.Stream, "destination", cfg.Name),
		enabled: newToggle(cfg.Enabled),
		retry:   make(chan struct{}, 1),
		status:  Status{Stream: cfg.Stream, Name: cfg.Name, State: Off, Since: time.Now()},
	}
	return d, nil
}

// Enable makes the destination send when there is something to send.
func (d *Destination) Enable() { d.enabled.set(true) }

// Disable ends what is being sent, with a goodbye to the platform.
func (d *Destination) Disable() { d.enabled.set(false) }

// Retry ends a wait: the next try begins now, and earlier failures count no
// more. It does nothing when the destination is not waiting.
func (d *Destination) Retry() {
	select {
	case d.retry <- struct{}{}:
	default:
	}
}

// Status returns what is known now.
func (d *Destination) Status() Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.status
	s.Enabled = d.enabled.isOn()
	return s
}

// Run sends every broadcast until ctx ends, and returns nil then, after the
// platform has been told goodbye (2 s at most). It fails when there will be no
// more broadcasts, or when the destination runs already.
func (d *Destination) Run(ctx context.Context) error {
	if !d.running.CompareAndSwap(false, true) {
		return fmt.Errorf("destination %q: runs already", d.cfg.Name)
	}
	defer d.running.Store(false)
	defer d.cfg.Metrics.show(d)()
	defer d.rest(Off)
	for {
		d.rest(Off)
		on, off, err := d.enabled.whileOn(ctx)
		if err != nil {
			return nil
		}
		err = d.follow(on)
		off()
		if err != nil {
			return fmt.Errorf("destination %q: %w", d.cfg.Name, err)
		}
	}
}

// follow serves broadcast after broadcast.
func (d *Destination) follow(ctx context.Context) error {
	for {
		d.rest(Idle)
		b, err := d.cfg.Feed.Live(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("wait for the broadcast: %w", err)
		}
		d.serve(ctx, b)
	}
}

// serve sends one broadcast, in as many connections as it takes.
func (d *Destination) serve(ctx context.Context, b Broadcast) {
	s := newSession(d, b)
	for {
		health, err := s.attempt(ctx)
		if err == nil || s.over(ctx) {
			return
		}
		if errors.Is(err, errNewParameters) {
			d.log.Info("destination reconnects: its platform takes no new codec parameters within a connection")
			continue
		}
		if !s.pause(ctx, s.failed(err, health)) {
			return
		}
	}
}

// enter changes the state, and what goes with it.
func (d *Destination) enter(state State, changes ...func(*Status)) {
	d.update(func(s *Status) {
		if s.State != state {
			s.State, s.Since = state, time.Now()
		}
		for _, change := range changes {
			change(s)
		}
	})
}

// rest enters a state in which nothing is tried.
func (d *Destination) rest(state State) {
	d.enter(state, func(s *Status) { s.Attempt, s.NextTry = 0, time.Time{} })
}

func (d *Destination) update(change func(*Status)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.status)
}
