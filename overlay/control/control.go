package control

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/prometheus/client_golang/prometheus"
)

// Store keeps what must last: a *store.Store.
type Store interface {
	// Load returns all that was kept.
	Load(ctx context.Context) (*overlay.State, error)
	// Append keeps events, and the answer to the request for them if it had a
	// key: all or nothing, and safe when it returns.
	Append(ctx context.Context, events []overlay.Event, r *overlay.Receipt) error
	// Save keeps a state, so that Load need not go back to the first event.
	Save(ctx context.Context, s *overlay.State) error
	// Receipt returns the answer that was given to a request with this key.
	Receipt(ctx context.Context, key string) (overlay.Receipt, bool, error)
}

// Config is what a Control needs. Only Store is required.
type Config struct {
	Store Store
	// Media tells a stream's own time; nil is always 0.
	Media func(stream string) time.Duration
	// Tell is called with each change of what a stream shows, in order. It must
	// not block.
	Tell   func(stream string, changes []overlay.Event, now overlay.Stage)
	Logger *slog.Logger
	// Registerer gets the metrics; nil gets none.
	Registerer prometheus.Registerer
}

// How patient a Control is.
const (
	storeTimeout = 5 * time.Second  // one write
	storeRetry   = time.Second      // after a write that failed
	saveEvery    = 30 * time.Second // the state while something is on
	lookEvery    = 5 * time.Second  // at the clock, which may have been set, or have slept
	// resumeWithin is how long after the program was lost a broadcast may be
	// found on again, and is the same show.
	resumeWithin = 5 * time.Minute
)

// ErrUnavailable is for a store that does not take anything now.
var ErrUnavailable = errors.New("the database takes nothing now: look at the server's log, and at what is on before you try again")

// ErrStopping is for a request that comes when the program ends.
var ErrStopping = errors.New("the server is stopping: ask again when it is back")

// ErrKeyReused is for a key that came with another request before.
var ErrKeyReused = errors.New("this Idempotency-Key was used for another request: use a new one for each")

// Control is the show of all streams.
type Control struct {
	conf  Config
	jobs  chan job
	ready chan struct{}
	done  chan struct{}
	hub   hub
	lives lives
	shown *shown

	// Run's own.
	doubt   bool            // the last write failed: what the store has is not known
	unsaved []overlay.Event // what the clock has brought about since
	retry   time.Time       // when to ask the store
	began   time.Time
	told    string // its last failure that was logged
	first   uint64 // Seq of the state that was found at the start
	saved   uint64 // Seq of the state that was saved
}

// New checks conf and starts nothing.
func New(conf Config) (*Control, error) {
	if conf.Store == nil {
		return nil, errors.New("control needs a store")
	}
	if conf.Media == nil {
		conf.Media = func(string) time.Duration { return 0 }
	}
	if conf.Tell == nil {
		conf.Tell = func(string, []overlay.Event, overlay.Stage) {}
	}
	if conf.Logger == nil {
		conf.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Control{
		conf: conf, jobs: make(chan job), ready: make(chan struct{}), done: make(chan struct{}),
		hub: newHub(), shown: newShown(),
	}
	c.lives.bell, c.lives.now = make(chan struct{}, 1), map[string]time.Time{}
	if conf.Registerer != nil {
		if err := conf.Registerer.Register(collector{c}); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Ready is closed when what was kept has been read.
func (c *Control) Ready() <-chan struct{} { return c.ready }

// State is how things are now. It is empty until Ready.
func (c *Control) State() *overlay.State { return c.hub.current() }

// Run reads what was kept, and runs the show until ctx ends.
func (c *Control) Run(ctx context.Context) error {
	defer close(c.done)
	defer c.hub.close()
	state, err := c.conf.Store.Load(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("read offers: %w", err)
	}
	c.resume(ctx, state)
	close(c.ready)
	c.loop(ctx)
	last := context.WithoutCancel(ctx)
	c.retry = time.Time{}
	c.settle(last, time.Now())
	c.save(last, time.Now())
	return nil
}

// resume takes over what was kept by a program that ran before.
func (c *Control) resume(ctx context.Context, state *overlay.State) {
	c.began = time.Now()
	c.first, c.saved = state.Seq, state.Seq
	for name, stage := range state.Stages {
		c.shown.resume(name, stage)
	}
	c.adopt(state)
	if c.began.Sub(state.Seen) > resumeWithin {
		c.goOff(ctx, c.began)
	}
	c.due(ctx, c.began)
}

// adopt puts a state of the store into force. What is of another start has its
// place on a clock that is gone.
func (c *Control) adopt(state *overlay.State) {
	state = state.Restarted(c.first)
	c.hub.publish(state, nil)
	for name, stage := range state.Stages {
		if len(stage.Runs)+len(stage.Banners) > 0 {
			c.conf.Tell(name, nil, stage)
		}
	}
}

// goOff ends the broadcasts that are on in the state alone.
func (c *Control) goOff(ctx context.Context, now time.Time) {
	for name, stage := range c.State().Stages {
		if !stage.Since.IsZero() && !c.lives.on(name) {
			c.force(ctx, c.State().WentOff(name, now), now)
		}
	}
}

// loop is the life of a Control.
func (c *Control) loop(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	save := time.NewTicker(saveEvery)
	defer save.Stop()
	lost := time.NewTimer(resumeWithin) // broadcasts that are not back by then have ended
	defer lost.Stop()
	for {
		timer.Reset(c.rest(time.Now()))
		select {
		case j := <-c.jobs:
			now := time.Now()
			c.due(ctx, now)
			j.result <- c.answer(ctx, &j.request, now)
		case <-c.lives.bell:
			c.follow(ctx, time.Now())
		case <-timer.C:
			c.due(ctx, time.Now())
		case <-lost.C:
			c.goOff(ctx, time.Now())
		case <-save.C:
			c.save(ctx, time.Now())
		case <-ctx.Done():
			return
		}
	}
}

// rest is how long nothing will be due.
func (c *Control) rest(now time.Time) time.Duration {
	rest := lookEvery
	if at, planned := c.State().Next(); planned {
		rest = min(rest, max(0, at.Sub(now)))
	}
	if c.doubt {
		rest = min(rest, max(0, c.retry.Sub(now)))
	}
	return rest
}

// due does what the clock asks for.
func (c *Control) due(ctx context.Context, now time.Time) {
	c.settle(ctx, now)
	c.force(ctx, c.State().Due(now), now)
}

// follow takes note of broadcasts that have begun or ended. One that was on when
// the program was lost goes on.
func (c *Control) follow(ctx context.Context, now time.Time) {
	c.settle(ctx, now)
	for _, n := range c.lives.take() {
		was := c.State().Stages[n.stream].Since
		if !was.IsZero() && (n.since.IsZero() || was.After(c.began) && !was.Equal(n.since)) {
			c.force(ctx, c.State().WentOff(n.stream, now), now)
			was = time.Time{}
		}
		if was.IsZero() && !n.since.IsZero() {
			c.force(ctx, c.State().WentLive(n.stream, n.since), now)
		}
	}
	c.due(ctx, now)
	c.save(ctx, now)
}
