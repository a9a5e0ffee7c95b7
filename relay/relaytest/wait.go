package relaytest

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// ErrEnded is what waiting on a session that has ended is answered with, when
// what was waited for can no longer happen.
var ErrEnded = errors.New("the connection has ended")

// Wait waits until done is true. It is asked now and whenever something has
// happened on the connection; it fails once the connection has ended.
func (s *Session) Wait(ctx context.Context, done func(*Session) bool) error {
	met := false
	err := s.bell.until(ctx, func() bool {
		ended := s.Ended() // before done, which then sees all that there is
		met = done(s)
		return met || ended
	})
	if err == nil && !met {
		err = ErrEnded
	}
	if err != nil {
		return fmt.Errorf("platform %s: %v: %w", s.platform.Addr(), s, err)
	}
	return nil
}

// WaitMessages waits for n messages in all.
func (s *Session) WaitMessages(ctx context.Context, n int) error {
	return s.Wait(ctx, func(s *Session) bool { return s.Len() >= n })
}

// WaitFor waits until a message with this body's hash has come.
func (s *Session) WaitFor(ctx context.Context, hash uint64) error {
	seen := 0
	return s.Wait(ctx, func(s *Session) bool {
		return get(s, func(j *journal) bool {
			first := j.total - len(j.messages) // those before are forgotten
			fresh := j.messages[max(0, seen-first):]
			seen = j.total
			return slices.ContainsFunc(fresh, func(r Received) bool { return r.Hash == hash })
		})
	})
}

// WaitGoodbye waits until the client has said that the broadcast is over.
func (s *Session) WaitGoodbye(ctx context.Context) error { return s.Wait(ctx, (*Session).Goodbye) }

// WaitEnd waits until the connection has ended.
func (s *Session) WaitEnd(ctx context.Context) error { return s.Wait(ctx, (*Session).Ended) }
