package destination

import (
	"slices"

	"github.com/hawker-live/hawker/relay/rtmp"
)

// keepOrMake returns the entry that cfg needs, and changes nothing.
func (s *Set) keepOrMake(cfg Config) (*entry, error) {
	cfg = s.complete(cfg)
	old := s.find(cfg.Name)
	if old != nil && sameWay(old.cfg, cfg) {
		return old, nil
	}
	d, err := New(cfg)
	if err != nil {
		return nil, err
	}
	if old != nil && old.cfg.Enabled == cfg.Enabled {
		d.enabled.set(old.dest.enabled.isOn())
	}
	return &entry{cfg: cfg, dest: d, done: make(chan struct{})}, nil
}

// replace makes next the entries. Nothing in it can fail.
func (s *Set) replace(next []*entry, wanted []Config) {
	for name, done := range s.leaving {
		if done == nil || ended(done) {
			delete(s.leaving, name)
		}
	}
	for _, old := range s.entries {
		if !slices.Contains(next, old) {
			old.leave(next)
			s.leaving[old.cfg.Name] = old.last()
		}
	}
	for i, e := range next {
		if s.find(e.cfg.Name) == e {
			e.enable(wanted[i].Enabled)
			continue
		}
		e.before = s.leaving[e.cfg.Name]
	}
	s.entries = next
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// enable follows a change of the configuration, and of nothing else: what an
// operator has said since stays.
func (e *entry) enable(on bool) {
	if on != e.cfg.Enabled {
		e.cfg.Enabled = on
		e.dest.enabled.set(on)
	}
}

// leave ends an entry. Goodbye is said unless one of next goes on to the same
// place.
func (e *entry) leave(next []*entry) {
	if e.cancel == nil {
		return
	}
	var cause error
	for _, n := range next {
		if n.cfg.Name == e.cfg.Name && slices.EqualFunc(n.cfg.Targets, e.cfg.Targets, sameTarget) {
			cause = errRestart
		}
	}
	e.cancel(cause)
}

// last is closed when the entry and all that it waits for have ended; it is
// nil when nothing of them was ever started.
func (e *entry) last() <-chan struct{} {
	if e.cancel == nil {
		return e.before
	}
	return e.done
}

func (s *Set) complete(cfg Config) Config {
	cfg.Stream, cfg.Feed, cfg.Dialer = s.cfg.Stream, s.cfg.Feed, s.cfg.Dialer
	cfg.Logger, cfg.Metrics, cfg.Rand = s.cfg.Logger, s.cfg.Metrics, s.cfg.Rand
	cfg.pumps = s.pumps
	return cfg.withDefaults()
}

// sameWay reports whether a and b send the same to the same place.
func sameWay(a, b Config) bool {
	return a.Delay == b.Delay && a.Gather == b.Gather && a.FixedParameters == b.FixedParameters && a.Decorator == b.Decorator &&
		a.QueueBytes == b.QueueBytes && a.QueueTime == b.QueueTime &&
		slices.EqualFunc(a.Targets, b.Targets, sameTarget)
}

func sameTarget(a, b rtmp.Target) bool {
	return a.Server == b.Server && a.Key.Equal(b.Key) && a.CAFile == b.CAFile && slices.Equal(a.FourCCs, b.FourCCs)
}

func ended(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
