package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/hawker-live/hawker/relay/relaytest"
)

// bench is what measurements share.
type bench struct {
	options
	dir       string // for everybody's files
	ca        *relaytest.CA
	caFile    string
	relayCore int // below 0: nothing is pinned
	ownCore   int
}

const (
	patience   = 30 * time.Second // until every destination has a frame
	settleTime = time.Second      // from then to the window
	drainTime  = 2 * time.Second  // at most, for what is under way at the end
)

// measurement is one relay in one scenario, once.
type measurement struct {
	*bench
	scenario scenario
	clock    clock
	ledgers  []*ledger
	sinks    *sinks
	relay    *relay
	pubs     []*publisher
}

// measure starts everything, measures, and ends everything.
func (b *bench) measure(ctx context.Context, sc scenario, t target) (s sample, err error) {
	m := &measurement{bench: b, scenario: sc, clock: clock{time.Now()}}
	defer m.end()
	setup, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := m.begin(ctx, setup, t); err != nil {
		return sample{}, fmt.Errorf("%s, %s: %w", t.name(), sc.Name, err)
	}
	if sc.Stalled {
		s, err = m.stalled(ctx)
	} else {
		s, err = m.window(ctx)
	}
	s.Target, s.Scenario, s.N = t.name(), sc.Name, sc.total()
	if err != nil {
		return s, fmt.Errorf("%s, %s: %w", t.name(), sc.Name, err)
	}
	return s, nil
}

// begin returns once every destination has had its first frame. Publishers live
// until ctx ends, setup is for what comes before.
func (m *measurement) begin(ctx, setup context.Context, t target) error {
	for range m.scenario.Streams {
		m.ledgers = append(m.ledgers, newLedger(m.clock))
	}
	var err error
	if m.sinks, err = newSinks(m.scenario, m.ledgers, m.clock, m.ca); err != nil {
		return err
	}
	j, err := m.job()
	if err != nil {
		return err
	}
	if m.relay, err = t.start(setup, j, m.relayCore); err != nil {
		return err
	}
	frame := time.Second / 30
	for i, s := range j.Streams {
		phase := frame * time.Duration(i) / time.Duration(len(j.Streams))
		p, err := publish(ctx, m.relay.ingest(s.Name), m.scenario.Bitrate, uint64(i), m.ledgers[i], phase)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, m.relay.complaints())
		}
		m.pubs = append(m.pubs, p)
	}
	if err := m.poll(setup, func() bool { return m.sinks.tally.begun.Load() >= int64(m.scenario.total()) }); err != nil {
		return fmt.Errorf("%d of %d destinations got a first frame: %w\n%s", m.sinks.tally.begun.Load(), m.scenario.total(), err, m.relay.complaints())
	}
	return wait(ctx, settleTime)
}

func (m *measurement) job() (job, error) {
	dir, err := os.MkdirTemp(m.dir, "run-")
	if err != nil {
		return job{}, err
	}
	j := job{CAFile: m.caFile, Dir: dir}
	for i := range m.scenario.Streams {
		n := m.scenario.Destinations
		j.Streams = append(j.Streams, streamJob{fmt.Sprintf("s%d", i), m.sinks.places[i*n : (i+1)*n]})
	}
	return j, nil
}

// end is also for what has begun only in part.
func (m *measurement) end() {
	for _, p := range m.pubs {
		p.close()
	}
	if m.relay != nil {
		m.relay.stop()
	}
	if m.sinks != nil {
		m.sinks.close()
	}
}

// poll waits until something holds, or the relay has ended.
func (m *measurement) poll(ctx context.Context, holds func() bool) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-m.relay.ended:
			return fmt.Errorf("the relay has ended: %w", m.relay.err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

const pollEvery = 20 * time.Millisecond

// wait is a pause that ends with ctx.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
