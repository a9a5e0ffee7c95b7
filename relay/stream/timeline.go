package stream

import (
	"time"

	"github.com/hawker-live/hawker/relay/media"
)

// maxJump is how far a publisher's clock may go either way from one packet to
// the next. Beyond it, the clock was set anew.
const maxJump = 10 * time.Second

// timeline puts the 32-bit millisecond clocks of publishers, one after the
// other, on one 64-bit clock. Audio and video share it, so their offset to each
// other stays what the encoder made it: a packet that an encoder sends a little
// late is a little earlier than the one before. Only across two clocks does
// time never go back.
type timeline struct {
	running bool          // a publisher's clock is being followed
	last    uint32        // what the packet before carried
	time    time.Duration // of last
	floor   time.Duration // nothing on this clock is earlier: the end of the clock before
	newest  time.Duration // the latest time given out
	arrived time.Time     // when the packet of newest came
}

// restart forgets the publisher's clock: the next packet comes from another.
func (t *timeline) restart() { t.running = false }

// at returns the time of a packet that carries ts and arrives now. Differences
// are modular, so the clock's wrap at 2^32 ms is a step like any other.
func (t *timeline) at(kind media.Kind, ts uint32, now time.Time) time.Duration {
	delta := time.Duration(int32(ts-t.last)) * time.Millisecond
	follows := t.running && delta.Abs() <= maxJump
	if kind == media.Data {
		return t.data(follows, delta, now)
	}
	if follows {
		t.time += delta
	} else {
		t.time = t.resume(now)
		t.floor = t.time
	}
	t.running, t.last = true, ts
	return t.out(t.time, now)
}

// out is a time that is given out: the next clock begins after it.
func (t *timeline) out(at time.Duration, now time.Time) time.Duration {
	at = max(at, t.floor)
	if at >= t.newest {
		t.newest, t.arrived = at, now
	}
	return at
}

// data is the time of a data packet. Encoders stamp metadata with 0 whatever
// the time is, so it follows the clock of audio and video and never sets it.
func (t *timeline) data(follows bool, delta time.Duration, now time.Time) time.Duration {
	switch {
	case follows:
		return t.out(t.time+delta, now)
	case t.running:
		return t.newest
	}
	return t.resume(now)
}

// resume is where a new clock begins: as much later than the old one ended as
// has passed on the wall, and at least a millisecond.
func (t *timeline) resume(now time.Time) time.Duration {
	if t.arrived.IsZero() {
		return 0
	}
	gap := now.Sub(t.arrived).Truncate(time.Millisecond)
	return t.newest + max(gap, time.Millisecond)
}
