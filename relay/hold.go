package relay

import (
	"context"
	"time"
)

// hold is the time in which destinations are kept although no encoder is on air.
type hold struct {
	goodbye bool // the encoder has said that it stops
	until   time.Time
	timer   *time.Timer
	overdue bool               // until has passed while an encoder was on its way back
	slate   *slate             // nil when nothing is fed
	stop    context.CancelFunc // ends the slate
}

// HoldStatus tells of a hold.
type HoldStatus struct {
	// Goodbye is whether the encoder has said that it stops; otherwise it was
	// lost.
	Goodbye bool `json:"goodbye"`
	// Until is when the broadcast ends unless an encoder is back.
	Until time.Time `json:"until"`
	// Feed is what destinations get meanwhile: "picture and silence",
	// "picture", "silence" or "nothing".
	Feed string `json:"feed"`
	// Note says why it is not both, if both were wanted.
	Note string `json:"note,omitempty"`
}

// lose begins a hold after i, which was on air, is gone. After a drop the
// destinations are fed; after a goodbye they are not, since the show is probably
// over and the grace is short. A broadcast that nobody could have seen ends at
// once.
func (c *channel) lose(i *ingest, now time.Time, goodbye bool) {
	i.air.Store(false)
	c.air = nil
	b := c.stream.Current()
	if !b.Begun() {
		c.end()
		return
	}
	h := &hold{goodbye: goodbye, stop: func() {}}
	wait := c.conf.Hold
	if goodbye {
		wait = c.conf.StopGrace
	} else if c.counts.drops++; c.conf.HoldSlate != NoSlate {
		ctx, stop := context.WithCancel(context.Background())
		h.slate, h.stop = newSlate(c.stream, b), stop
		c.slates.Go(func() { h.slate.run(ctx) })
	}
	h.until = now.Add(wait)
	h.timer = time.AfterFunc(wait, func() { c.expire(h) })
	c.hold = h
	c.enter(Holding, now)
	c.logger.Info("the encoder is gone; destinations stay connected", "goodbye", goodbye, "for", wait, "feed", h.status().Feed)
}

// expire ends the broadcast if h is still on. An encoder that is back, and has
// not come to its keyframe, is waited for.
func (c *channel) expire(h *hold) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hold != h {
		return
	}
	if c.encoders[Primary] != nil {
		h.overdue = true
		return
	}
	c.end()
}

// endHold stops what a hold does.
func (c *channel) endHold() {
	if h := c.hold; h != nil {
		h.timer.Stop()
		h.stop()
		c.hold = nil
	}
}

func (h *hold) status() *HoldStatus {
	s := &HoldStatus{Goodbye: h.goodbye, Until: h.until, Feed: "nothing"}
	if h.slate != nil {
		s.Feed, s.Note = h.slate.describe()
	}
	return s
}
