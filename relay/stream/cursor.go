package stream

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// ErrEnded is returned by Next when the broadcast has ended and the cursor has
// handed over all of it.
var ErrEnded = errors.New("the broadcast has ended")

// CursorConfig says how far a cursor may trail. Zero fields are their defaults.
type CursorConfig struct {
	// MaxBytes (8 MiB) and MaxLag (4 s) are how much may wait for the reader,
	// beyond Delay, before the cursor jumps to the newest keyframe.
	MaxBytes int64
	MaxLag   time.Duration
	// Delay is how long every packet is held back: 0 or more. What it needs of
	// the ring counts against the stream's MaxBytes.
	Delay time.Duration
	// Back is for a reader that wants some of what has been: it begins at the
	// newest keyframe that is so old, or the oldest there is.
	Back time.Duration
}

// Cursor reads a broadcast at its own pace. Next is for one goroutine; Lag and
// Dropped may be called from any.
type Cursor struct {
	b     *Broadcast
	conf  CursorConfig
	woken chan struct{}
	timer *time.Timer
	// queued is set while the cursor is among those that wait; b.wmu guards it.
	queued bool

	begun  bool          // something was handed over
	start  backlog       // what was behind it at its start point and has not been caught up yet
	placed atomic.Bool   // next is a packet to hand over; else it is where to look for a start point from
	next   atomic.Uint64 // number of the packet to hand over next
	given  headers       // the last of each that was handed over
	first  [slots]entry  // headers to hand over before next
	due    []entry       // what is left of first
	lost   atomic.Uint64 // packets skipped
}

// backlog is how far a cursor is behind what is due.
type backlog struct {
	age   time.Duration
	bytes int64
}

// Cursor returns a new reader. It begins with the headers in force at the
// newest keyframe that is due, then that keyframe, then all that follows.
func (b *Broadcast) Cursor(conf CursorConfig) *Cursor {
	if conf.MaxBytes == 0 {
		conf.MaxBytes = 8 << 20
	}
	if conf.MaxLag == 0 {
		conf.MaxLag = 4 * time.Second
	}
	if conf.Delay > 0 {
		b.allow(conf.Delay)
	}
	return &Cursor{b: b, conf: conf, woken: make(chan struct{}, 1)}
}

// Next fills batch with what is ready, and waits until at least one packet is.
// It returns ErrEnded after the last packet, or the context's error.
func (c *Cursor) Next(ctx context.Context, batch []media.Packet) (int, error) {
	for {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, wait, err := c.take(batch)
		if n > 0 || err != nil {
			return n, err
		}
		if err := c.sleep(ctx, wait); err != nil {
			return 0, err
		}
	}
}

// Poll is Next without the waiting: it returns 0 when nothing is ready, and the
// last packet together with ErrEnded. See Broadcast.Notify for when to ask again.
func (c *Cursor) Poll(batch []media.Packet) (int, error) {
	c.b.mu.RLock()
	defer c.b.mu.RUnlock()
	n, _ := c.ready(batch)
	return n, c.ending()
}

// take hands over what is ready. When there is nothing it has joined
// those who wait, and wait is the time until something falls due (0: unknown).
func (c *Cursor) take(batch []media.Packet) (n int, wait time.Duration, err error) {
	c.b.mu.RLock()
	defer c.b.mu.RUnlock()
	n, horizon := c.ready(batch)
	if n > 0 {
		return n, 0, nil
	}
	return 0, c.queue(horizon), c.ending()
}

// ready hands over what is due, which is what has come until horizon. The caller
// holds b.mu.
func (c *Cursor) ready(batch []media.Packet) (n int, horizon time.Time) {
	b := c.b
	horizon = b.arrived // nothing is early, whatever the clocks say
	if c.conf.Delay > 0 {
		// The clock is read under the lock: a packet that came in while waiting
		// for it would not be due yet, and its wake-up has gone by.
		horizon = time.Now().Add(-c.conf.Delay)
	}
	if c.placed.Load() {
		c.keepUp(horizon)
	}
	if !c.placed.Load() {
		c.place(c.entry(horizon), horizon)
	}
	if c.placed.Load() {
		n = c.hand(batch, horizon)
	}
	return n, horizon
}

// entry is where a cursor without a place may go on. The caller holds b.mu.
func (c *Cursor) entry(horizon time.Time) *start {
	b := c.b
	s := b.startBefore(horizon)
	if s == nil || c.begun || c.conf.Back == 0 {
		return s
	}
	if older := b.startBefore(horizon.Add(-c.conf.Back)); older != nil {
		return older
	}
	return &b.starts[0]
}

// keepUp takes a cursor that has fallen too far behind, or off the ring, out of
// its place: place finds it a new one, never an earlier one. What was behind the
// cursor when it began at a keyframe, as it must, does not count until it has
// been caught up. After the end nothing runs away from a reader any more.
func (c *Cursor) keepUp(horizon time.Time) {
	b, number := c.b, c.next.Load()
	if number == b.next {
		c.start = backlog{}
		return
	}
	if number >= b.first {
		behind := b.behind(number, horizon)
		c.start = backlog{min(c.start.age, max(behind.age, 0)), min(c.start.bytes, max(behind.bytes, 0))}
		late := behind.age > c.conf.MaxLag+c.start.age || behind.bytes > c.conf.MaxBytes+c.start.bytes
		if !late || b.ended {
			return
		}
	}
	c.placed.Store(false)
	c.due = nil
	if s := b.startBefore(horizon); s == nil || s.number <= number {
		// There is no keyframe ahead: all that is due is lost, up to the next one.
		c.skip(b.dueUntil(horizon))
	}
}

// place puts the cursor at a start point that lies ahead of it.
func (c *Cursor) place(s *start, horizon time.Time) {
	if s == nil || c.begun && s.number < c.next.Load() {
		return
	}
	if c.begun {
		c.skip(s.number)
	}
	c.next.Store(s.number)
	c.placed.Store(true)
	c.begun = true
	c.start = c.b.behind(s.number, horizon)
	c.due = c.first[:0]
	for i, h := range s.headers {
		if h.Body != nil && !same(h, c.given[i]) {
			h.Time = c.b.at(s.number).Time
			c.due = append(c.due, entry{Packet: h, slot: slot(i)})
		}
	}
}

// skip leaves out the packets before number.
func (c *Cursor) skip(number uint64) {
	if from := c.next.Load(); number > from {
		c.lost.Add(number - from)
		c.next.Store(number)
	}
}

// hand copies headers that are due, then packets.
func (c *Cursor) hand(batch []media.Packet, horizon time.Time) int {
	n := 0
	for ; n < len(batch) && n < len(c.due); n++ {
		batch[n] = c.due[n].Packet
		c.given[c.due[n].slot] = c.due[n].Packet
	}
	c.due = c.due[n:]
	number := c.next.Load()
	for ; n < len(batch) && number < c.b.next; n++ {
		e := c.b.at(number)
		if e.Arrived.After(horizon) {
			break
		}
		if e.slot != noSlot {
			c.given[e.slot] = e.Packet
		}
		batch[n] = e.Packet
		number++
	}
	c.next.Store(number)
	return n
}

// queue joins those who wait and returns when what is there already falls due.
// The caller holds b.mu, so that no packet can come in between.
func (c *Cursor) queue(horizon time.Time) time.Duration {
	b := c.b
	b.wmu.Lock()
	if !c.queued {
		c.queued = true
		b.waiting = append(b.waiting, c)
	}
	b.wmu.Unlock()
	if c.conf.Delay == 0 {
		return 0
	}
	if number := c.next.Load(); c.placed.Load() && number < b.next {
		return b.at(number).Arrived.Sub(horizon)
	}
	for _, s := range b.starts {
		if wait := b.at(s.number).Arrived.Sub(horizon); wait > 0 {
			return wait
		}
	}
	return 0
}

// ending is ErrEnded when there is nothing left that could fall due.
func (c *Cursor) ending() error {
	b := c.b
	if !b.ended {
		return nil
	}
	number := c.next.Load()
	if c.placed.Load() && number < b.next {
		return nil
	}
	if !c.placed.Load() && len(b.starts) > 0 && (!c.begun || b.starts[len(b.starts)-1].number >= number) {
		return nil
	}
	if c.begun {
		c.skip(b.next) // a group that was lost before its end
	}
	return ErrEnded
}

// sleep waits for a new packet, or for wait if it is not 0.
func (c *Cursor) sleep(ctx context.Context, wait time.Duration) error {
	var fallsDue <-chan time.Time
	if wait > 0 {
		if c.timer == nil {
			c.timer = time.NewTimer(wait)
		} else {
			c.timer.Reset(wait)
		}
		fallsDue = c.timer.C
	}
	select {
	case <-c.woken:
	case <-fallsDue:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// Lag is how long the oldest packet that is due has waited; 0 when none does,
// and while the cursor waits for a keyframe.
func (c *Cursor) Lag() time.Duration {
	b := c.b
	b.mu.RLock()
	defer b.mu.RUnlock()
	number := max(c.next.Load(), b.first)
	if !c.placed.Load() || number >= b.next {
		return 0
	}
	return max(0, time.Since(b.at(number).Arrived)-c.conf.Delay)
}

// Dropped is how many packets were skipped because the reader was slow.
func (c *Cursor) Dropped() uint64 { return c.lost.Load() }

// Close lets the cursor go, once Next has returned. Next must not be called
// again.
func (c *Cursor) Close() error {
	c.b.forget(c)
	if c.timer != nil {
		c.timer.Stop()
	}
	return nil
}

// behind is how much of what is due a cursor has not handed over whose next
// packet is number.
func (b *Broadcast) behind(number uint64, horizon time.Time) backlog {
	e := b.at(number)
	newest := b.at(b.next - 1)
	due := b.bytes
	if newest.Arrived.After(horizon) {
		due = b.at(b.dueUntil(horizon)).before
	}
	return backlog{horizon.Sub(e.Arrived), due - e.before}
}

// dueUntil is the number of the first packet that arrived after horizon.
func (b *Broadcast) dueUntil(horizon time.Time) uint64 {
	low, high := b.first, b.next
	for low < high {
		if mid := (low + high) / 2; b.at(mid).Arrived.After(horizon) {
			high = mid
		} else {
			low = mid + 1
		}
	}
	return low
}
