package destination

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// session is the tries to send one broadcast: it begins without a past.
type session struct {
	d           *Destination
	broadcast   Broadcast
	backoff     backoff
	connections int
	told        string // the last failure that was logged
	news        bool   // being live is worth a log line
}

func newSession(d *Destination, b Broadcast) *session {
	d.update(func(st *Status) { st.Error = "" })
	return &session{d: d, broadcast: b, backoff: backoff{random: d.cfg.Rand}, news: true}
}

// attempt makes one connection and stays with it to its end. It returns how
// long the connection was live, and why it ended: nil when there is no more to
// send. A panic ends this connection alone.
func (s *session) attempt(ctx context.Context) (health time.Duration, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = s.d.contain(r)
		}
	}()
	s.d.enter(Connecting, func(st *Status) {
		st.Attempt, st.NextTry = s.backoff.failures+1, time.Time{}
	})
	pub, err := s.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = pub.Close() }() // should a panic come before run's own
	c := newConnection(s, pub)
	err = c.run(ctx)
	return c.progress.health(), err
}

// dial publishes to the target whose turn it is, unless the broadcast ends
// meanwhile.
func (s *session) dial(ctx context.Context) (Publisher, error) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-s.broadcast.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	defer func() { cancel(); <-ended }()
	targets := s.d.cfg.Targets
	t := targets[s.backoff.target(len(targets))]
	if t.FourCCs == nil {
		t.FourCCs = s.broadcast.FourCCs()
	}
	return s.d.cfg.Dialer.Publish(ctx, t)
}

// over reports whether there is nothing more to connect for.
func (s *session) over(ctx context.Context) bool {
	select {
	case <-s.broadcast.Done():
		return true
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// failed takes note of a failure and returns how long to wait.
func (s *session) failed(err error, health time.Duration) time.Duration {
	attempt := s.backoff.failures + 1
	wait, hopeless := s.backoff.next(time.Now(), causeOf(err), health)
	words := explain(err, hopeless)
	if words != s.told || health >= fullHealth {
		s.log(err, attempt, wait)
		s.told, s.news = words, true
	}
	state := BackingOff
	if hopeless {
		state = Refused
	}
	select { // a Retry from before this wait is not meant for it
	case <-s.d.retry:
	default:
	}
	s.d.enter(state, func(st *Status) {
		st.Error, st.NextTry = words, time.Now().Add(wait)
	})
	return wait
}

func (s *session) log(err error, attempt int, wait time.Duration) {
	var bug *panicError
	if errors.As(err, &bug) {
		s.d.log.Error("destination panicked", "attempt", attempt, "err", err, "stack", string(bug.stack))
		return
	}
	s.d.log.Warn("destination failed", "attempt", attempt, "retry_in", wait.Round(time.Millisecond), "err", err)
}

// pause waits before the next try, and reports whether there is to be one.
func (s *session) pause(ctx context.Context, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.d.retry:
		s.backoff.reset()
		return true
	case <-s.broadcast.Done():
	case <-ctx.Done():
	}
	return false
}

// panicError is a contained panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// contain counts a panic and makes it an error.
func (d *Destination) contain(value any) error {
	d.cfg.Metrics.panics.Inc()
	return &panicError{value, debug.Stack()}
}
