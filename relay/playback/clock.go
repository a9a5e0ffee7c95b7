package playback

import "time"

// wallClock tells what the wall clock was at media time 0. Packets arrive late,
// never early, so those that came soonest tell it best; and the epoch that is told
// changes so slowly that nobody sees it, unless there is a break.
type wallClock struct {
	epoch  time.Time
	best   time.Time // the epoch by all packets of the publisher on air; zero for none
	newest time.Time // the earliest epoch that packets since the last look have told
}

const (
	// creep is the most that best becomes later at a look, to follow an encoder
	// whose clock is not ours.
	creep = time.Millisecond
	// slew is the most that the epoch changes at a look: it catches up with 700 ms
	// in a minute or so. Players allow for ten times as much.
	slew = 20 * time.Millisecond
)

// renew forgets what packets have told. The time between two publishers is counted
// from the old one's last packet, which may have come late: the stream's timeline
// then lacks some time.
func (c *wallClock) renew() { c.best, c.newest = time.Time{}, time.Time{} }

func (c *wallClock) observe(t time.Duration, arrived time.Time) {
	if at := arrived.Add(-t); c.newest.IsZero() || at.Before(c.newest) {
		c.newest = at
	}
}

// guess is the epoch, or before the first look what it would be.
func (c *wallClock) guess() time.Time {
	if c.epoch.IsZero() {
		return c.newest
	}
	return c.epoch
}

// look is called at each segment; anew is after a break.
func (c *wallClock) look(anew bool) time.Time {
	switch off := c.newest.Sub(c.best); {
	case c.newest.IsZero():
	case c.best.IsZero():
		c.best = c.newest
	default:
		c.best = c.best.Add(min(off, creep))
	}
	c.newest = time.Time{}
	switch off := c.best.Sub(c.epoch); {
	case c.best.IsZero():
	case anew || c.epoch.IsZero():
		c.epoch = c.best
	default:
		c.epoch = c.epoch.Add(min(max(off, -slew), slew))
	}
	return c.epoch
}
