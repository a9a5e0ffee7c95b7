package main

import (
	"os"
	"time"
)

// reading is what the counters say at one moment.
type reading struct {
	at               time.Time
	relay, self      cpu
	busy             [2]time.Duration // of the relay's core, and of the harness's
	bytes, published int64
	messages         int64
}

func (m *measurement) read() (r reading, err error) {
	r.at = time.Now()
	r.bytes, r.messages = m.sinks.tally.bytes.Load(), m.sinks.tally.messages.Load()
	for _, l := range m.ledgers {
		r.published += l.bytes.Load()
	}
	if r.relay, err = cpuTime(m.relay.cmd.Process.Pid); err != nil {
		return r, err
	}
	if r.self, err = cpuTime(os.Getpid()); err != nil || m.relayCore < 0 {
		return r, err
	}
	if r.busy[0], err = coreBusy(m.relayCore); err != nil {
		return r, err
	}
	r.busy[1], err = coreBusy(m.ownCore)
	return r, err
}

// shares fills in what was used of the two cores, by whom. Whatever else runs
// there disturbs, above all latencies.
func (s *sample) shares(before, after reading) {
	span := after.at.Sub(before.at).Seconds()
	s.Load = (after.relay.total - before.relay.total).Seconds() / span
	s.Harness = (after.self.total - before.self.total).Seconds() / span
	for i, own := range []float64{s.Load, s.Harness} {
		s.Others = max(s.Others, (after.busy[i]-before.busy[i]).Seconds()/span-own)
	}
}
