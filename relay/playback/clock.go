package playback

import "time"

// audioClock gives frames of audio times that follow one another without a gap
// or an overlap. RTMP's are rounded to a millisecond, which players would hear.
type audioClock struct {
	rate    int64
	next    int64 // in samples: where the frame before ended
	running bool
}

const (
	// farOff is a difference that is no rounding: frames were lost.
	farOff = 40 * time.Millisecond
	// follow is how slowly the clock follows smaller ones: a part of them with
	// each frame.
	follow = 32
)

// at is when a frame of some samples begins that came with the time t.
func (c *audioClock) at(t time.Duration, samples uint32) int64 {
	want := toSamples(t, c.rate)
	off := want - c.next
	switch {
	case !c.running || off > toSamples(farOff, c.rate):
		c.next = max(want, c.next)
	case off > -toSamples(farOff, c.rate):
		c.next += off / follow
	default: // back in time, which a track cannot go: it waits
	}
	c.running = true
	start := c.next
	c.next += int64(samples)
	return start
}

// atRate is the clock at another rate; it goes on where it is.
func (c *audioClock) atRate(rate int64) audioClock {
	if c.rate == 0 {
		return audioClock{rate: rate}
	}
	return audioClock{rate: rate, next: toSamples(toTime(c.next, c.rate), rate)}
}

func toSamples(t time.Duration, rate int64) int64 {
	seconds, rest := int64(t/time.Second), int64(t%time.Second)
	return seconds*rate + (rest*rate+int64(time.Second)/2)/int64(time.Second)
}

func toTime(samples, rate int64) time.Duration {
	return time.Duration(samples/rate)*time.Second + time.Duration(samples%rate*int64(time.Second)/rate)
}

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
