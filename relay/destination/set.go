package destination

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
)

// SetConfig is what all destinations of one stream have in common. Feed and
// Dialer are required.
type SetConfig struct {
	Stream string
	Feed   Feed
	// Dialer is paced as by Pace, so that no host meets a herd. Sets that are
	// given the same *PacedDialer wait for each other too.
	Dialer  Dialer
	Logger  *slog.Logger
	Metrics *Metrics
	Rand    func() float64
}

// Set keeps the destinations of one stream as they are wanted. Its methods may
// be called from any goroutine.
type Set struct {
	cfg     SetConfig
	pumps   *pumps
	changed chan struct{} // tells Run that there are entries to start

	mu      sync.Mutex // guards the fields below, and cancel of entries
	entries []*entry   // as wanted, in order
	leaving map[string]<-chan struct{}
}

// entry is one destination's place in a Set.
type entry struct {
	cfg    Config
	dest   *Destination
	before <-chan struct{} // closed when the last of that name has ended; nil if there was none
	done   chan struct{}
	cancel context.CancelCauseFunc // nil until started
}

// NewSet returns an empty set that starts nothing: Run does.
func NewSet(cfg SetConfig) (*Set, error) {
	if cfg.Feed == nil || cfg.Dialer == nil {
		return nil, fmt.Errorf("destinations of %q: need a Feed and a Dialer", cfg.Stream)
	}
	cfg.Dialer = Pace(cfg.Dialer)
	if cfg.Metrics == nil {
		cfg.Metrics = NewMetrics(nil)
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return &Set{cfg: cfg, pumps: newPumps(), changed: make(chan struct{}, 1), leaving: make(map[string]<-chan struct{})}, nil
}

// Apply makes wanted the set's destinations. What they have in common comes
// from the set. By name: an unchanged one is not touched; one whose Enabled
// changed is turned on or off; one whose target, delay, queue or decorator changed
// connects anew, and keeps what an operator has enabled or disabled; one that
// is not wanted any more says goodbye. An error tells everything that is wrong,
// and then nothing has changed.
func (s *Set) Apply(wanted []Config) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := make([]*entry, len(wanted))
	var errs []error
	for i, cfg := range wanted {
		if slices.ContainsFunc(wanted[:i], func(c Config) bool { return c.Name == cfg.Name }) {
			errs = append(errs, fmt.Errorf("destination %q: this name is taken by another one of the stream", cfg.Name))
			continue
		}
		var err error
		if next[i], err = s.keepOrMake(cfg); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.replace(next, wanted)
	return nil
}

// Run keeps the destinations running until ctx ends and all of them have. It
// is called once.
func (s *Set) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		s.start(ctx, &all)
		select {
		case <-s.changed:
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *Set) start(ctx context.Context, all *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.cancel != nil {
			continue
		}
		ctx, cancel := context.WithCancelCause(ctx)
		e.cancel = cancel
		all.Go(func() {
			defer close(e.done)
			defer cancel(nil)
			s.run(ctx, e)
		})
	}
}

// run waits for the entry's predecessor, so that no destination ever has two
// connections, and runs it.
func (s *Set) run(ctx context.Context, e *entry) {
	if e.before != nil {
		<-e.before
	}
	if err := e.dest.Run(ctx); err != nil {
		s.cfg.Logger.Error("destination ended", "stream", s.cfg.Stream, "destination", e.cfg.Name, "err", err)
	}
}

// Get returns the destination of that name, or nil. It is replaced when its
// configuration changes: do not keep it.
func (s *Set) Get(name string) *Destination {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.find(name); e != nil {
		return e.dest
	}
	return nil
}

// Status returns the status of every destination, in the order of Apply.
func (s *Set) Status() []Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Status, len(s.entries))
	for i, e := range s.entries {
		all[i] = e.dest.Status()
	}
	return all
}

func (s *Set) find(name string) *entry {
	for _, e := range s.entries {
		if e.cfg.Name == name {
			return e
		}
	}
	return nil
}
