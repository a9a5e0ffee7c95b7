package fmp4

import "time"

// AudioClock gives frames of audio times that follow one another without a gap
// or an overlap. RTMP's are rounded to a millisecond, which players would hear.
type AudioClock struct {
	rate    int64
	next    int64 // in samples: where the frame before ended
	running bool
	ahead   int // frames, one after the other, that were due long before
}

const (
	// farOff is a difference that is no rounding: frames were lost.
	farOff = 40 * time.Millisecond
	// follow is how slowly the clock follows smaller ones: a part of them with
	// each frame.
	follow = 32
	// surplus is how far ahead of its times sound may be for longer than so many
	// frames: a time that is wrong for a moment is no reason to leave any out.
	surplus  = 30 * time.Millisecond
	patience = 8
)

// NewAudioClock returns a clock of a track.
func NewAudioClock(t *Track) AudioClock { return AudioClock{rate: int64(t.Timescale)} }

// For is the clock for another track, of perhaps another rate. It goes on where it
// is.
func (c *AudioClock) For(t *Track) AudioClock {
	next := NewAudioClock(t)
	if c.rate != 0 {
		next.next = toSamples(c.End(), next.rate)
	}
	return next
}

// Restart lets the next frame begin when it says, unless that is back in time.
func (c *AudioClock) Restart() { c.running = false }

// At is when a frame of some samples begins that came with the time t. Where
// there is more sound than time it is false: the frame is to be left out.
func (c *AudioClock) At(t time.Duration, samples uint32) (start int64, ok bool) {
	want, far := toSamples(t, c.rate), toSamples(farOff, c.rate)
	off := want - c.next
	if c.ahead++; -off <= max(toSamples(surplus, c.rate), int64(samples)/2) {
		c.ahead = 0
	}
	switch {
	case !c.running || off > far:
		c.next = max(want, c.next)
	case c.ahead > patience:
		return 0, false
	default:
		c.next += max(off, -far) / follow
	}
	c.running = true
	start = c.next
	c.next += int64(samples)
	return start, true
}

// Time is when a sample is due.
func (c *AudioClock) Time(sample int64) time.Duration {
	return time.Duration(sample/c.rate)*time.Second + time.Duration(sample%c.rate*int64(time.Second)/c.rate)
}

// End is when the newest frame ends.
func (c *AudioClock) End() time.Duration { return c.Time(c.next) }

func toSamples(t time.Duration, rate int64) int64 {
	seconds, rest := int64(t/time.Second), int64(t%time.Second)
	return seconds*rate + (rest*rate+int64(time.Second)/2)/int64(time.Second)
}
