package inject

import (
	"math"
	"time"
)

const (
	always = time.Duration(math.MinInt64)
	never  = time.Duration(math.MaxInt64)
)

// told is how far one connection has been told the track in one format.
type told struct {
	begun bool
	next  uint64 // number of the cue to tell next
	slot  int64  // number of the repetition that was last
	owed  bool   // what runs is to be told
}

// plan is what a frame is to carry: the changes from one number to before another,
// and then, if it is a repetition, what runs.
type plan struct {
	from, to uint64
	repeat   bool
	merged   uint64 // the track's: two plans with the same numbers may tell different things
}

func (p plan) empty() bool { return p.from == p.to && !p.repeat }

// plan finds what is due at a frame of that time, and how many changes are lost
// because they are not held any more.
func (t *Track) plan(w *told, at time.Duration) (p plan, lost uint64) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	slot := int64(at / RepeatEvery)
	if !w.begun {
		w.begun, w.owed, w.next, w.slot = true, true, t.until(t.first, at), slot
	}
	if w.next < t.first {
		lost = t.first - w.next
		w.next = t.first
	}
	if slot > w.slot {
		w.owed = w.owed || len(t.running(w.next)) > 0
		w.slot = slot
	}
	p.from = w.next
	p.to = min(t.until(w.next, at), w.next+MaxPerFrame)
	w.owed = w.owed && len(t.running(p.to)) > 0
	p.repeat, p.merged = w.owed, t.merged
	return p, lost
}

// done takes note that a plan has been carried out.
func (w *told) done(p plan) { w.next, w.owed = p.to, false }

// calm is the time up to which no frame has to carry anything.
func (t *Track) calm(w *told) time.Duration {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if !w.begun || w.owed || w.next < t.first {
		return always
	}
	calm := never
	if w.next < t.last() {
		calm = t.cues[w.next-t.first].At
	}
	if len(t.running(w.next)) > 0 {
		calm = min(calm, time.Duration(w.slot+1)*RepeatEvery-1)
	}
	return calm
}
