package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Config is what a stream needs. Zero fields are their defaults.
type Config struct {
	// Name is the stream's public name. It is required.
	Name string
	// MaxBytes is the most that the ring may hold: 64 MiB. It wins over all
	// else.
	MaxBytes int64
	// MaxAge is how long packets are kept that no new reader would begin with:
	// 4 s. The newest group of pictures is kept whatever its age.
	MaxAge time.Duration
	// MaxDelay is the largest delay that a cursor will ask for. It costs that
	// much more of the ring.
	MaxDelay time.Duration
	// Metrics shows the stream; nil does not.
	Metrics *Metrics
}

// Stream is a stream as it is configured. Broadcasts come and go on it.
type Stream struct {
	totals   totals
	position position

	mu       sync.Mutex // guards the rest
	conf     Config     // only MaxDelay changes
	current  *Broadcast // nil when none is on
	began    chan struct{}
	timeline timeline // guarded by the broadcast's mu while one is on
}

// New checks conf.
func New(conf Config) (*Stream, error) {
	if conf.Name == "" {
		return nil, errors.New("a stream needs a name")
	}
	if conf.MaxBytes < 0 || conf.MaxAge < 0 || conf.MaxDelay < 0 {
		return nil, fmt.Errorf("stream %s: MaxBytes, MaxAge and MaxDelay must not be negative", conf.Name)
	}
	if conf.MaxBytes == 0 {
		conf.MaxBytes = 64 << 20
	}
	if conf.MaxAge == 0 {
		conf.MaxAge = 4 * time.Second
	}
	s := &Stream{conf: conf, began: make(chan struct{})}
	conf.Metrics.show(s)
	return s, nil
}

// Name is the stream's public name.
func (s *Stream) Name() string { return s.conf.Name }

// SetMaxDelay changes how much is kept for readers that trail. What is gone by
// then stays gone.
func (s *Stream) SetMaxDelay(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conf.MaxDelay = d
	if b := s.current; b != nil {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.conf.MaxDelay = d
	}
}

// Begin returns the broadcast that is on, or begins one.
func (s *Stream) Begin() *Broadcast {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current == nil {
		s.current = newBroadcast(s.conf, &s.timeline, &s.position)
		close(s.began)
		s.began = make(chan struct{})
	}
	return s.current
}

// End ends the broadcast that is on, if there is one.
func (s *Stream) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		s.current.end()
		s.current = nil
	}
}

// Live waits until a broadcast is on that a reader can begin to read, and
// returns it.
func (s *Stream) Live(ctx context.Context) (*Broadcast, error) {
	for {
		s.mu.Lock()
		b, began := s.current, s.began
		s.mu.Unlock()
		if b == nil {
			select {
			case <-began:
				continue
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		select {
		case <-b.ready:
			return b, nil
		case <-b.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Current is the broadcast that is on, or nil.
func (s *Stream) Current() *Broadcast {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current
}

// Close ends the broadcast and takes the stream out of the metrics.
func (s *Stream) Close() {
	s.End()
	s.conf.Metrics.hide(s)
}
