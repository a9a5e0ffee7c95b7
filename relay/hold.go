package relay

import (
	"context"
	"time"
)

// lastChance is how much longer than the hold an encoder that is back is waited
// for, which has not come to its keyframe.
const lastChance = 20 * time.Second

// hold is the time in which destinations are kept although no encoder is on air.
type hold struct {
	goodbye bool // the encoder has said that it stops
	began   time.Time
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
	// Overdue is set when that was to be, and an encoder that is back got 20 s
	// more to come to its keyframe.
	Overdue bool `json:"overdue,omitempty"`
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
	if c.chosen == i.role {
		c.chosen = ""
	}
	b := c.stream.Current()
	if !b.Begun() {
		c.finish(now)
		return
	}
	h := &hold{began: now, goodbye: goodbye, stop: func() {}}
	if !goodbye {
		c.counts.drops++
		if c.conf.HoldSlate != NoSlate {
			ctx, stop := context.WithCancel(context.Background())
			h.slate, h.stop = newSlate(c.stream, b), stop
			c.slates.Go(func() { h.slate.run(ctx) })
		}
	}
	c.hold = h
	h.timer = time.AfterFunc(c.lasts(h), func() { c.expire(h) })
	h.until = now.Add(c.lasts(h))
	c.enter(Holding, now)
	c.logger.Info("the encoder is gone; destinations stay connected", "goodbye", goodbye, "for", c.lasts(h), "feed", h.status().Feed)
}

// lasts is for how long a hold is on.
func (c *channel) lasts(h *hold) time.Duration {
	if h.goodbye {
		return c.conf.StopGrace
	}
	return c.conf.Hold
}

// extend makes a hold that is on last as long as is configured now.
func (c *channel) extend(now time.Time) {
	h := c.hold
	if h == nil || h.overdue {
		return
	}
	h.until = h.began.Add(c.lasts(h))
	h.timer.Reset(max(0, h.until.Sub(now)))
}

// stops makes a goodbye of a hold: the encoder was back, and says that it stops.
func (c *channel) stops(now time.Time) {
	h := c.hold
	h.stop()
	h.slate, h.goodbye, h.began, h.overdue = nil, true, now, false
	c.extend(now)
}

// expire ends the broadcast if h is still on. An encoder that is back, and has
// not come to its keyframe, gets a last chance.
func (c *channel) expire(h *hold) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case c.hold != h || now.Before(h.until): // it was extended
	case !h.overdue && c.anyMayGoOn():
		h.overdue, h.until = true, now.Add(lastChance)
		h.timer.Reset(lastChance)
	default:
		c.finish(now)
	}
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
	s := &HoldStatus{Goodbye: h.goodbye, Until: h.until, Overdue: h.overdue, Feed: "nothing"}
	if h.slate != nil {
		s.Feed, s.Note = h.slate.describe()
	}
	return s
}
