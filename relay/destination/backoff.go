package destination

import (
	"errors"
	"time"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// The times of trying again.
const (
	firstWait = time.Second
	// longestWait is capped before the jitter, which may add half: no wait is
	// longer than 30 s, so that a platform that was away for long has all its
	// destinations back 35 s after it returns.
	longestWait = 20 * time.Second
	topRung     = 6 // firstWait doubled until longestWait

	// A connection wins back one rung for each rungHealth that it was live: one
	// that is cut twice a minute is back in a second each time, one that is cut
	// at once each time climbs. fullHealth forgets everything.
	rungHealth = 5 * time.Second
	fullHealth = time.Minute

	// patience is how long a refusal may yet be a misunderstanding.
	patience = 2 * time.Minute

	// triesPerTarget failures in a row make the next target's turn.
	triesPerTarget = 2
)

// cause says how a failure is to be met.
type cause int

const (
	broken  cause = iota // an accident: climb the ladder
	inUse                // the platform still holds an earlier session
	refused              // the platform does not want this stream
)

func causeOf(err error) cause {
	var r *rtmp.Refusal
	switch {
	case !errors.As(err, &r):
		return broken
	case r.BadName():
		return inUse
	}
	return refused
}

// backoff decides when to try again, and where. Its zero value, with random
// set, is a fresh start.
type backoff struct {
	random func() float64 // in [0, 1)

	rung         int       // height on the ladder of waits
	failures     int       // in a row, without a live connection between them
	inUseSince   time.Time // first of the present run of such refusals
	refusedSince time.Time
}

// reset forgets all failures.
func (b *backoff) reset() { *b = backoff{random: b.random} }

// target returns which of n targets to try: the first, unless it keeps failing.
func (b *backoff) target(n int) int { return b.failures / triesPerTarget % n }

// next takes note of a failure at now, after the connection had been live for
// health, and returns how long to wait, and whether there is little hope.
func (b *backoff) next(now time.Time, why cause, health time.Duration) (wait time.Duration, hopeless bool) {
	b.credit(health)
	b.failures++
	b.rung = min(b.rung+1, topRung)
	switch why {
	case inUse:
		if b.inUseSince.IsZero() {
			b.inUseSince = now
		}
		if now.Sub(b.inUseSince) < patience {
			return b.between(2*time.Second, 5*time.Second), false
		}
		return b.rarely(), true
	case refused:
		if b.refusedSince.IsZero() {
			b.refusedSince = now
		}
		if now.Sub(b.refusedSince) < patience {
			return b.ladder(), true
		}
		return b.rarely(), true
	}
	return b.ladder(), false
}

// credit takes note of a connection that was live for health.
func (b *backoff) credit(health time.Duration) {
	if health >= fullHealth {
		b.reset()
		return
	}
	b.rung = max(0, b.rung-int(health/rungHealth))
	if health > 0 {
		b.failures, b.inUseSince = 0, time.Time{}
	}
}

// ladder is exponential, capped, and then jittered by half: 1 s at first and
// 10 to 30 s at the top.
func (b *backoff) ladder() time.Duration {
	wait := min(firstWait<<(b.rung-1), longestWait)
	return b.between(wait/2, wait*3/2)
}

// rarely is a wait that makes at most two tries in a minute.
func (b *backoff) rarely() time.Duration { return b.between(32*time.Second, 48*time.Second) }

func (b *backoff) between(low, high time.Duration) time.Duration {
	return low + time.Duration(b.random()*float64(high-low))
}
