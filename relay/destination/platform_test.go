package destination_test

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// platform is what answers at the other end of a dial.
type platform struct {
	// answer decides about the dial with that number, from 0; nil takes all.
	answer func(n int, t rtmp.Target) error
	// hang makes a dial last until its context ends.
	hang bool
	// deaf connections acknowledge nothing; stuck ones also block writes.
	deaf, stuck bool

	mu    sync.Mutex
	dials []time.Time
	tried []rtmp.Target
	conns []*conn
	open  map[string]int // by key
	most  int            // connections of one key at a time
}

func (p *platform) Publish(ctx context.Context, t rtmp.Target) (destination.Publisher, error) {
	p.mu.Lock()
	n := len(p.dials)
	p.dials = append(p.dials, time.Now())
	p.tried = append(p.tried, t)
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		if err := answer(n, t); err != nil {
			return nil, err
		}
	}
	if p.hang {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &conn{platform: p, target: t, began: time.Now(), deaf: p.deaf, stuck: p.stuck,
		written: 3500, acked: 3500, done: make(chan struct{}), closed: make(chan struct{})}
	p.conns = append(p.conns, c)
	if p.open == nil {
		p.open = map[string]int{}
	}
	p.open[t.Key.Reveal()]++
	p.most = max(p.most, p.open[t.Key.Reveal()])
	return c, nil
}

// script changes the answer.
func (p *platform) script(answer func(n int, t rtmp.Target) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = answer
}

// targets returns what was dialed, in order.
func (p *platform) targets() []rtmp.Target {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tried)
}

// atOnce returns how many connections of one key there were at a time, at most.
func (p *platform) atOnce() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most
}

// dialed returns the times of all dials, since the start of the first.
func (p *platform) dialed() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []time.Duration
	for _, t := range p.dials {
		all = append(all, t.Sub(p.dials[0]))
	}
	return all
}

// last returns the newest connection, or nil.
func (p *platform) last() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.conns) == 0 {
		return nil
	}
	return p.conns[len(p.conns)-1]
}

func (p *platform) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// conn is an accepted connection.
type conn struct {
	platform *platform
	target   rtmp.Target
	began    time.Time
	done     chan struct{}
	closed   chan struct{}

	mu             sync.Mutex
	deaf, stuck    bool
	written, acked uint64
	messages       []rtmp.Message
	largest        int // bytes in one write
	goodbyes       int
	broken         error // of writes
	err            error // why done is closed
	isClosed       bool
	closedAt       time.Time
}

func (c *conn) Write(batch []rtmp.Message) error {
	c.mu.Lock()
	stuck := c.stuck
	c.mu.Unlock()
	if stuck {
		<-c.closed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed || c.err != nil {
		return io.ErrClosedPipe
	}
	if c.broken != nil {
		return c.broken
	}
	size := 0
	for _, m := range batch {
		m.Body = slices.Clone(m.Body)
		c.messages = append(c.messages, m)
		size += len(m.Body) + 12
	}
	c.largest = max(c.largest, size)
	c.written += uint64(size)
	if !c.deaf {
		c.acked = c.written
	}
	return nil
}

// TryWrite takes all of it, or nothing of it where Write would wait.
func (c *conn) TryWrite(_ *rtmp.Scratch, batch []rtmp.Message) (done, none bool, err error) {
	c.mu.Lock()
	stuck := c.stuck
	c.mu.Unlock()
	if stuck {
		return false, true, nil
	}
	err = c.Write(batch)
	return err == nil, false, err
}

func (c *conn) Tries() bool { return true }

func (c *conn) Goodbye() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed {
		return io.ErrClosedPipe
	}
	c.goodbyes++
	return nil
}

func (c *conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed {
		return nil
	}
	c.isClosed, c.closedAt = true, time.Now()
	close(c.closed)
	c.platform.mu.Lock()
	c.platform.open[c.target.Key.Reveal()]--
	c.platform.mu.Unlock()
	return nil
}

// reset is the platform's end of the connection.
func (c *conn) reset(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	close(c.done)
}

// breakWrites makes writes fail before the reader has seen why.
func (c *conn) breakWrites(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = err
}

func (c *conn) setDeaf(deaf bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deaf = deaf
	if !deaf {
		c.acked = c.written
	}
}

func (c *conn) Done() <-chan struct{} { return c.done }
func (c *conn) Remote() string        { return "192.0.2.1:1935" }

func (c *conn) Err() error      { c.mu.Lock(); defer c.mu.Unlock(); return c.err }
func (c *conn) Written() uint64 { c.mu.Lock(); defer c.mu.Unlock(); return c.written }
func (c *conn) Acked() uint64   { c.mu.Lock(); defer c.mu.Unlock(); return c.acked }

func (c *conn) farewell() (goodbyes int, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.goodbyes, c.isClosed
}

// end returns when the connection was closed from our side, or zero.
func (c *conn) end() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closedAt
}

func (c *conn) largestWrite() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.largest
}

func (c *conn) received() []rtmp.Message {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.messages)
}
