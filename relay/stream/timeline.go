package stream

import "time"

// maxJump is how far a publisher's clock may go either way from one packet to
// the next. Beyond it, the clock was set anew.
const maxJump = 10 * time.Second

// timeline puts the 32-bit millisecond clocks of publishers, one after the
// other, on one 64-bit clock that never goes back. Audio and video share it, so
// their offset to each other stays what the encoder made it.
type timeline struct {
	running bool // a publisher's clock is being followed
	last    uint32
	time    time.Duration // of last
	newest  time.Duration // the latest time given out
	arrived time.Time     // when the packet of newest came
}

// restart forgets the publisher's clock: the next packet comes from another.
func (t *timeline) restart() { t.running = false }

// at returns the time of a packet that carries ts and arrives now. Differences
// are modular, so the clock's wrap at 2^32 ms is a step like any other.
func (t *timeline) at(ts uint32, now time.Time) time.Duration {
	delta := time.Duration(int32(ts-t.last)) * time.Millisecond
	if t.running && delta.Abs() <= maxJump {
		t.time += delta
	} else {
		t.time = t.resume(now)
	}
	t.running, t.last = true, ts
	if t.time >= t.newest {
		t.newest, t.arrived = t.time, now
	}
	return t.time
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
