package destination

import (
	"context"
	"errors"
	"time"
)

var (
	// errRestart is the cause of a context that ends because the same stream
	// will go to the same place again at once.
	errRestart = errors.New("destination restarts")
	// errCut is the cause of a context that ends because the connection has.
	errCut = errors.New("connection cut")
)

// connection is what happens between the platform's yes and the end.
type connection struct {
	session  *session
	pub      Publisher
	source   Source
	writer   writer
	progress *progress
	before   Status // totals of earlier connections
	release  func() // the pump
}

// newConnection opens the source only now that the platform is ready, so that
// it starts at the newest keyframe.
func newConnection(s *session, pub Publisher) *connection {
	d, remote := s.d, pub.Remote()
	d.enter(Connecting, func(st *Status) {
		st.Remote, st.ConnectedSince = remote, time.Now()
		if s.connections > 0 {
			st.Reconnects++
		}
	})
	s.connections++
	source := s.broadcast.Open(Limits{Delay: d.cfg.Delay, QueueBytes: d.cfg.QueueBytes, QueueTime: d.cfg.QueueTime})
	if d.cfg.Decorator != nil {
		source = d.cfg.Decorator.Decorate(source)
	}
	c := &connection{
		session: s, pub: pub, source: source,
		writer:   writer{source: source, out: pub, latency: latency{&d.latencies, time.Now(), d.cfg.Delay}},
		progress: newProgress(time.Now(), pub.Written(), pub.Acked()),
		before:   d.Status(),
		release:  func() {},
	}
	c.writer.off, c.writer.contain, c.writer.tray = make(chan struct{}, 1), d.contain, &tray{}
	c.writer.gather = d.cfg.Gather
	if d.cfg.Delay == 0 && pub.Tries() {
		c.writer.pump, c.release = d.cfg.pumps.of(s.broadcast, d.cfg.Gather)
	}
	if d.cfg.FixedParameters {
		c.writer.parameters = &parameters{}
	}
	return c
}

// run copies until there is no more to send, and returns nil then, or until
// something goes wrong.
func (c *connection) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	copied := make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		copied <- c.carry(ctx)
	}()
	defer func() {
		cancel(errCut)
		c.hangUp()
		<-ended
		c.release()
		_ = c.source.Close()
	}()
	return c.watch(ctx, copied, ended)
}

// hangUp takes the last figures and closes the connection, which wakes a
// blocked write.
func (c *connection) hangUp() {
	_, _ = c.progress.look(time.Now(), c.pub.Written(), c.pub.Acked(), c.writer.pending.Load())
	f := c.figures()
	_ = c.pub.Close() // there is no one left to tell
	c.session.d.update(func(st *Status) {
		f.show(st)
		st.Remote, st.ConnectedSince, st.BitrateOut, st.Lag = "", time.Time{}, 0, 0
	})
}

// carry copies, and says goodbye when all there was has been sent.
func (c *connection) carry(ctx context.Context) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = c.session.d.contain(r)
		}
	}()
	if err := c.writer.copy(ctx); err != nil {
		return err
	}
	if cause := context.Cause(ctx); errors.Is(cause, errCut) || errors.Is(cause, errRestart) {
		return nil
	}
	// A goodbye that fails has found the connection gone, which is as good.
	_ = c.pub.Goodbye()
	return nil
}
