package main

import (
	"context"
	"errors"
	"fmt"
	"math"
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

// window measures while everything flows.
func (m *measurement) window(ctx context.Context) (sample, error) {
	mallocs := newMallocs(m.relay.metrics)
	if err := mallocs.begin(ctx); err != nil {
		return sample{}, err
	}
	before, err := m.read()
	if err != nil {
		return sample{}, err
	}
	m.sinks.tally.to.Store(math.MaxInt64)
	m.sinks.tally.from.Store(m.clock.now())
	if err := wait(ctx, m.seconds); err != nil {
		return sample{}, err
	}
	m.sinks.tally.to.Store(m.clock.now())
	after, err := m.read()
	if err != nil {
		return sample{}, err
	}
	if err := mallocs.end(ctx); err != nil {
		return sample{}, err
	}
	for _, p := range m.pubs {
		if err := p.finish(); err != nil {
			return sample{}, fmt.Errorf("publisher: %w\n%s", err, m.relay.complaints())
		}
	}
	m.drain(ctx)
	s := m.sample(before, after, mallocs)
	if s.Delivered == 0 {
		return sample{}, fmt.Errorf("nothing was delivered\n%s", m.relay.complaints())
	}
	return s, ctx.Err()
}

// drain waits for what is under way. What has not come then is lost.
func (m *measurement) drain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drainTime)
	defer cancel()
	_ = m.poll(ctx, m.sinks.settled)
}

// sample puts the figures together.
func (m *measurement) sample(before, after reading, mallocs *mallocs) sample {
	t := m.sinks.tally
	s := sample{
		P50: t.latency.quantile(0.50), P99: t.latency.quantile(0.99),
		Lost: t.lost.Load() + m.sinks.missing(), Wrong: t.wrong.Load(), Reconnects: t.again.Load(),
	}
	if first := t.first.Load(); first != nil {
		s.Complaint = *first
	}
	bytes := after.bytes - before.bytes
	if m.scenario.total() == 0 {
		bytes = after.published - before.published
	}
	s.User, s.System = after.relay.since(before.relay)
	s.shares(before, after)
	if s.Delivered = float64(bytes) / 1e9; bytes > 0 {
		s.User, s.System = s.User/s.Delivered, s.System/s.Delivered
	}
	s.Allocations = mallocs.per(after.messages - before.messages)
	s.Memory, _ = peakMemory(m.relay.cmd.Process.Pid)
	return s
}

// stalledTime is until queues are full: relays keep a few seconds.
const stalledTime = 8 * time.Second

// stalled waits until queues are full, and looks at the memory only.
func (m *measurement) stalled(ctx context.Context) (sample, error) {
	timer := time.NewTimer(stalledTime)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-m.relay.ended:
		return sample{}, errors.New("the relay has ended")
	case <-ctx.Done():
		return sample{}, ctx.Err()
	}
	peak, err := peakMemory(m.relay.cmd.Process.Pid)
	return sample{Memory: peak}, err
}
