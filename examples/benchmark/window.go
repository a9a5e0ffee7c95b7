package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// window measures while everything flows.
func (m *measurement) window(ctx context.Context) (sample, error) {
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
	s := m.sample(before, after)
	if s.Allocations, err = m.allocations(ctx, after.messages-before.messages); err != nil {
		return sample{}, err
	}
	for _, p := range m.pubs {
		if err := p.finish(); err != nil {
			return sample{}, fmt.Errorf("publisher: %w\n%s", err, m.relay.complaints())
		}
	}
	m.drain(ctx)
	m.convict(&s)
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

// convict fills in what was wrong with the messages, and the latencies of those
// that came late.
func (m *measurement) convict(s *sample) {
	t := m.sinks.tally
	s.P50, s.P99 = t.latency.quantile(0.50), t.latency.quantile(0.99)
	s.Lost, s.Wrong, s.Reconnects = t.lost.Load()+m.sinks.missing(), t.wrong.Load(), t.again.Load()
	if first := t.first.Load(); first != nil {
		s.Complaint = *first
	}
}

// sample is what the window's two readings say.
func (m *measurement) sample(before, after reading) sample {
	var s sample
	bytes := after.bytes - before.bytes
	if m.scenario.total() == 0 {
		bytes = after.published - before.published
	}
	s.User, s.System = after.relay.since(before.relay)
	s.shares(before, after)
	if s.Delivered = float64(bytes) / 1e9; bytes > 0 {
		s.User, s.System = s.User/s.Delivered, s.System/s.Delivered
	}
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
