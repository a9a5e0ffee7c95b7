package inject

import "time"

// patience is for how long cues wait for a frame that can carry them, on the
// stream's timeline.
const patience = 10 * time.Second

// lane is one format on one connection. One that is not wanted is always calm.
type lane struct {
	told
	wanted  bool
	calm    time.Duration // no frame up to then has to carry anything
	figures figures
	waiting bool
	since   time.Duration // when it began to wait
}

func (l *lane) settle(t *Track) {
	if l.wanted {
		l.calm = t.calm(&l.told)
	}
}

// plan finds what is due at a frame of that time, if anything is.
func (l *lane) plan(t *Track, at time.Duration) (p plan, due bool) {
	if !l.wanted {
		return plan{}, false
	}
	p, lost := t.plan(&l.told, at)
	l.figures.lost(int(lost))
	return p, !p.empty()
}

// waits tells whether what is due may still wait, at a frame that cannot be read.
func (l *lane) waits(at time.Duration) bool {
	if !l.waiting {
		l.waiting, l.since = true, at
	}
	return at-l.since < patience
}

// done takes note of what was handed over, or given up.
func (l *lane) done(p plan, b body) {
	l.waiting = false
	l.told.done(p)
	l.figures.injected(b.told)
	l.figures.lost(b.lost)
}
