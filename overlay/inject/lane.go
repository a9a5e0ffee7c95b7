package inject

import "time"

// lane is one format on one connection. One that is not wanted is always calm.
type lane struct {
	told
	wanted  bool
	calm    time.Duration // no frame up to then has to carry anything
	figures figures
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

// done takes note of what was handed over.
func (l *lane) done(p plan, b body) {
	l.told.done(p)
	l.figures.injected(b.told)
	l.figures.lost(b.lost)
}
