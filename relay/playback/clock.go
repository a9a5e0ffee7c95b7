package playback

import "time"

// wallClock tells what the wall clock was at media time 0. Packets arrive late,
// never early, so those that came soonest tell it best; and it changes so slowly
// that nobody sees it, only to follow an encoder whose clock is not ours.
type wallClock struct {
	epoch  time.Time
	newest time.Time // the earliest epoch that packets since the last look have told
}

// slew is the most that the epoch changes at a look.
const slew = time.Millisecond

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

// look is called at each segment; anew is after a break, when time may have
// passed that the stream's timeline does not have.
func (c *wallClock) look(anew bool) time.Time {
	switch off := c.newest.Sub(c.epoch); {
	case c.newest.IsZero():
	case anew || c.epoch.IsZero():
		c.epoch = c.newest
	default:
		c.epoch = c.epoch.Add(min(max(off, -slew), slew))
	}
	c.newest = time.Time{}
	return c.epoch
}
