package playback

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/stream"
)

// Server shows one stream. Run must be running for its handler to have anything
// to serve.
type Server struct {
	conf  Config
	want  chan struct{} // rung by a request that finds no session
	count counts

	mu      sync.Mutex // guards the rest
	current *session   // nil while nobody watches
	last    *session   // of the broadcast before, for those who have not seen its end
	failed  *failure
	stopped bool
	changed chan struct{} // closed when one of these has changed
}

// counts are what a server limits.
type counts struct{ feeds, waiting atomic.Int64 }

// failure is why a broadcast cannot be shown. It is forgotten after a while:
// headers may have changed.
type failure struct {
	broadcast *stream.Broadcast
	err       error
	until     time.Time
}

const (
	// failureLasts is how long a broadcast is not looked at again.
	failureLasts = 3 * time.Second
	// endedLasts is how long a broadcast's end can be seen.
	endedLasts = 30 * time.Second
	// startLasts is how long a request waits for a session.
	startLasts = 5 * time.Second
)

// Errors that a request may be answered with.
var (
	errOffline  = errors.New("the stream is not live")
	errNotThere = errors.New("there is no such file; it may be over: load index.m3u8 again")
	errCrowded  = errors.New("too many viewers")
	errTooFar   = errors.New("_HLS_msn or _HLS_part is too far ahead")
	errTimeout  = errors.New("what was waited for has not come")
)

// New checks conf and starts nothing.
func New(conf Config) (*Server, error) {
	if err := conf.complete(); err != nil {
		return nil, err
	}
	return &Server{conf: conf, want: make(chan struct{}, 1), changed: make(chan struct{})}, nil
}

// Run packages the stream while somebody watches, until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	defer s.conf.Metrics.show(s)()
	defer s.update(func() { s.stopped, s.current, s.last = true, nil, nil })
	var forget *time.Timer
	defer func() {
		if forget != nil {
			forget.Stop()
		}
	}()
	for {
		select {
		case <-s.want:
		case <-ctx.Done():
			return nil
		}
		ended := s.broadcast(ctx)
		if ended == nil {
			continue
		}
		if forget != nil {
			forget.Stop()
		}
		forget = time.AfterFunc(endedLasts, func() { s.forget(ended) })
	}
}

// broadcast packages the broadcast that is on, if there is one. It returns the
// session if viewers should still see its end.
func (s *Server) broadcast(ctx context.Context) (ended *session) {
	b := s.conf.Source.Current()
	if b == nil || !b.Begun() {
		s.update(func() {}) // those who wait look again
		return nil
	}
	session := newSession(b, s.conf.Source.Stats(), s.conf.MaxBytes)
	s.update(func() {
		s.current = session
		select { // who asked twice has what they want
		case <-s.want:
		default:
		}
	})
	err := session.run(ctx, &s.conf, s.busy)
	s.conf.Logger.Debug("a stream is no longer packaged", "err", err)
	failed := false
	s.update(func() {
		s.current = nil
		switch {
		case errors.Is(err, errEnded):
			s.last, ended = session, session
		case errors.Is(err, errIdle), errors.Is(err, errStopped):
		default:
			s.failed = &failure{b, err, time.Now().Add(failureLasts)}
			failed = true
		}
	})
	if failed {
		s.conf.Logger.Warn("a stream cannot be shown", "err", err)
	}
	return ended
}

// busy tells whether somebody watches who need not ask again.
func (s *Server) busy() bool { return s.count.feeds.Load() > 0 || s.count.waiting.Load() > 0 }

// update changes what mu guards, and wakes who waits for it.
func (s *Server) update(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
	ring(&s.changed)
}

func (s *Server) forget(ended *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == ended {
		s.last = nil
	}
}

// session returns the session of the broadcast that is on, and has one begun if
// there is none.
func (s *Server) session(ctx context.Context) (*session, error) {
	session, _, err := s.look()
	if err != nil || session != nil && session.visible() {
		return session, err
	}
	leave, err := s.queue()
	if err != nil {
		return nil, err
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, startLasts)
	defer cancel()
	for {
		session, wait, err := s.look()
		if err != nil || session != nil && session.visible() {
			return session, err
		}
		if session != nil {
			wait = session.ready
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, errTimeout
		}
	}
}

// queue counts a request among those that wait, until leave is called.
func (s *Server) queue() (leave func(), err error) {
	leave = func() { s.count.waiting.Add(-1) }
	if s.count.waiting.Add(1) > int64(s.conf.MaxWaiting) {
		leave()
		return nil, errCrowded
	}
	return leave, nil
}

// look is one try of session: with neither session nor error, wait for changed.
func (s *Server) look() (_ *session, changed chan struct{}, _ error) {
	b := s.conf.Source.Current()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil && (s.failed.broadcast != b || !time.Now().Before(s.failed.until)) {
		s.failed = nil // it would keep the broadcast
	}
	switch {
	case s.stopped:
		return nil, nil, errStopped
	case b == nil || !b.Begun():
		return nil, nil, errOffline
	case s.current != nil && s.current.broadcast == b && !s.current.over():
		s.current.touch()
		return s.current, nil, nil
	case s.failed != nil:
		return nil, nil, s.failed.err
	}
	select {
	case s.want <- struct{}{}:
	default:
	}
	return nil, s.changed, nil
}

// named finds a session by what is in its URLs.
func (s *Server) named(id string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, session := range []*session{s.current, s.last} {
		if session != nil && session.id == id {
			session.touch()
			return session, nil
		}
	}
	if s.stopped {
		return nil, errStopped
	}
	return nil, errNotThere
}

// Feeds is how many feeds are open. Viewers of HLS cannot be counted: they come
// and go with each request, and may share a cache.
func (s *Server) Feeds() int { return int(s.count.feeds.Load()) }

// Epoch is what the wall clock was at media time 0 of the stream's timeline. It
// is known while the stream is packaged, and does not jitter.
func (s *Server) Epoch() (epoch time.Time, known bool) {
	s.mu.Lock()
	session := s.current
	s.mu.Unlock()
	if session == nil {
		return time.Time{}, false
	}
	return session.clock()
}
