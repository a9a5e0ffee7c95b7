package inject

import (
	"context"
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// connection is the source of one connection, with cues.
type connection struct {
	source Source
	track  *Track
	seen   uint64 // what had been added to the track when calm was worked out
	amf    lane
	sei    lane
	nal    nalForm // of the video header in force

	in    []media.Packet // what frames are taken from
	spill []media.Packet // what did not fit the batch, from left on
	left  int
	err   error // comes after the spill
}

// Next implements Source.
func (c *connection) Next(ctx context.Context, batch []media.Packet) (int, error) {
	if c.left < len(c.spill) || c.err != nil {
		return c.Poll(batch) // which has something to say
	}
	n, err := c.source.Next(ctx, batch)
	return c.pass(batch, n, err)
}

// Poll implements Source. Nothing is left behind unless the batch is full.
func (c *connection) Poll(batch []media.Packet) (int, error) {
	n := c.unload(batch)
	if n == len(batch) || c.err != nil {
		return n, c.end()
	}
	m, err := c.source.Poll(batch[n:])
	m, err = c.pass(batch[n:], m, err)
	return n + m, err
}

// Lag implements Source.
func (c *connection) Lag() time.Duration { return c.source.Lag() }

// Dropped implements Source.
func (c *connection) Dropped() uint64 { return c.source.Dropped() }

// Close implements Source.
func (c *connection) Close() error { return c.source.Close() }

// pass puts what is due into the first n packets of batch.
func (c *connection) pass(batch []media.Packet, n int, err error) (int, error) {
	if added := c.track.added.Load(); added != c.seen {
		c.seen = added
		c.settle()
	}
	for i := range batch[:n] {
		if !c.passes(&batch[i]) {
			c.err = err
			return i + c.work(batch[i:], n-i), c.end()
		}
	}
	return n, err
}

// passes tells whether a packet may be handed on unseen.
func (c *connection) passes(p *media.Packet) bool {
	switch p.Kind {
	case media.Data:
		return true
	case media.Video:
		return !p.Header && p.Time <= c.sei.calm && p.Time <= c.amf.calm
	}
	return p.Header || p.Time <= c.amf.calm
}

// work goes through the first n packets of batch, and fills it again.
func (c *connection) work(batch []media.Packet, n int) int {
	c.in = append(c.in[:0], batch[:n]...)
	clear(batch[:n])
	for _, p := range c.in {
		c.take(p)
	}
	clear(c.in) // the ring decides how long a body lives
	c.settle()
	return c.unload(batch)
}

// unload moves what it can of the spill to batch.
func (c *connection) unload(batch []media.Packet) int {
	n := copy(batch, c.spill[c.left:])
	clear(c.spill[c.left : c.left+n])
	if c.left += n; c.left == len(c.spill) {
		c.spill, c.left = c.spill[:0], 0
	}
	return n
}

// end is the error that is due once the spill is empty.
func (c *connection) end() error {
	if c.left < len(c.spill) {
		return nil
	}
	return c.err
}

// settle finds the times up to which nothing is due.
func (c *connection) settle() {
	c.amf.settle(c.track)
	c.sei.settle(c.track)
}

// take appends a packet to the spill, with what is due at it.
func (c *connection) take(p media.Packet) {
	if p.Header || p.Kind == media.Data {
		c.note(&p)
		c.spill = append(c.spill, p)
		return
	}
	var messages [][]byte
	late := p.Keyframe // nothing comes between headers and their keyframe
	if c.amf.begun || p.Keyframe || p.Kind == media.Audio {
		late = late || !c.amf.begun
		messages = c.messages(p.Time)
	}
	if p.Kind == media.Video && (c.sei.begun || p.Keyframe) {
		p.Body = c.enriched(p.Time, p.Body)
	}
	if late {
		c.spill = append(c.spill, p)
	}
	for _, m := range messages {
		c.spill = append(c.spill, media.Packet{Kind: media.Data, Time: p.Time, Body: m})
	}
	if !late {
		c.spill = append(c.spill, p)
	}
}

// note remembers what a video header says of NAL units.
func (c *connection) note(p *media.Packet) {
	if p.Kind != media.Video {
		return
	}
	if tag, err := media.InspectVideo(p.Body); err == nil && tag.Header && tag.Track == 0 {
		c.nal = nalFormOf(tag)
	}
}

// messages are the AMF0 messages that are due at a frame of that time.
func (c *connection) messages(at time.Duration) [][]byte {
	p, due := c.amf.plan(c.track, at)
	if !due {
		return nil
	}
	b := c.track.bodies.of(order{plan: p}, func() body { return makeMessages(c.track.texts(p)) })
	c.amf.done(p, b)
	return b.messages
}

// enriched is a frame's body with the SEI that is due at that time; what cannot
// have any is as it was.
func (c *connection) enriched(at time.Duration, frame []byte) []byte {
	p, due := c.sei.plan(c.track, at)
	if !due || len(frame) == 0 {
		return frame
	}
	o := order{plan: p, frame: &frame[0], size: len(frame), nal: c.nal}
	b := c.track.bodies.of(o, func() body { return makeFrame(frame, c.nal, c.track.texts(p)) })
	if b.fit == fitsLater && c.sei.waits(at) {
		return frame
	}
	c.sei.done(p, b)
	return b.frame
}
