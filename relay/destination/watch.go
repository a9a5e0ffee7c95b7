package destination

import (
	"context"
	"errors"
	"io"
	"time"
)

const (
	// goodbyeTime is how long the end of a connection may take when the
	// operator, or the end of the program, wants it.
	goodbyeTime = 2 * time.Second
	// lastWordTime is how long a failed write waits for the reader to say why:
	// a refusal and the end of the connection arrive together.
	lastWordTime = 200 * time.Millisecond
)

// watch waits for the end of the connection, whoever ends it: the copying, whose
// result is in copied before ended is closed, the platform, or ctx.
func (c *connection) watch(ctx context.Context, copied <-chan error, ended <-chan struct{}) error {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-copied:
			return c.lastWord(err)
		case <-c.pub.Done():
			return c.pubErr()
		case <-ctx.Done():
			select {
			case <-ended:
			case <-time.After(goodbyeTime):
			}
			return nil
		case <-ticker.C:
			if err := c.look(); err != nil {
				return err
			}
		}
	}
}

// look sees how the connection is doing and tells the status.
func (c *connection) look() error {
	state, err := c.progress.look(time.Now(), c.pub.Written(), c.pub.Acked(), c.writer.pending.Load())
	if s := c.session; state == Live && s.news {
		s.d.log.Info("destination live", "remote", c.pub.Remote(), "attempt", s.backoff.failures+1)
		s.news = false
	}
	f, health := c.figures(), c.progress.health()
	c.session.d.enter(state, f.show, func(st *Status) {
		switch {
		case state == Stalled:
			st.Error = explain(errSlow, false)
		case health >= fullHealth:
			st.Error, st.Attempt = "", 1
		}
	})
	return err
}

// figures are the part of a status that a connection moves.
type figures struct {
	sent, acked, dropped uint64
	bitrate              float64
	lag                  time.Duration
}

func (c *connection) figures() figures {
	return figures{
		sent:    c.before.SentBytes + c.pub.Written(),
		acked:   c.before.AckedBytes + c.progress.acked,
		dropped: c.before.Dropped + c.source.Dropped(),
		bitrate: c.progress.recent.bitrate(),
		lag:     c.source.Lag(),
	}
}

func (f figures) show(st *Status) {
	st.SentBytes, st.AckedBytes, st.Dropped = f.sent, f.acked, f.dropped
	st.BitrateOut, st.Lag = f.bitrate, f.lag
}

// lastWord prefers the platform's reason to the socket's.
func (c *connection) lastWord(err error) error {
	if err == nil || errors.Is(err, errNewParameters) {
		return err
	}
	select {
	case <-c.pub.Done():
		if reason := c.pub.Err(); causeOf(reason) != broken {
			return reason
		}
	case <-time.After(lastWordTime):
	}
	return err
}

// pubErr is why the platform has ended the connection.
func (c *connection) pubErr() error {
	if err := c.pub.Err(); err != nil {
		return err
	}
	return io.EOF
}
