package main

import (
	"context"
	"fmt"
	"time"
)

// most is how many destinations a relay was seen to serve.
type most struct {
	Target string `json:"target"`
	N      int    `json:"destinations"` // the most that were served well; 0: not even the first
	Why    string `json:"why"`          // it was not more
}

const (
	saturateLimit  = 100 * time.Millisecond // of p99
	harnessLimit   = 0.90                   // of its core: beyond, it may be what is slow
	saturateTries  = 3
	saturateGrowth = 1.4
	saturateAtMost = 3000
)

// saturation begins beyond what has been measured already, but not below 100.
func (b *bench) saturation(ctx context.Context, t target, medians []sample) (most, []sample, error) {
	m := most{Target: t.name()}
	for _, s := range medians {
		if s.Target == m.Target && s.Scenario == fanOut(s.N, false).Name && overload(s) == "" {
			m.N = max(m.N, s.N)
		}
	}
	return b.searchMost(ctx, t, m)
}

// searchMost serves ever more destinations until it goes wrong. A neighbour on
// the machine may spoil a measurement: what goes wrong may go right in the next.
func (b *bench) searchMost(ctx context.Context, t target, m most) (most, []sample, error) {
	var all []sample
	tries := 0
	for n := max(100, 2*m.N); n <= saturateAtMost; {
		s, err := b.measure(ctx, fanOut(n, false), t)
		if ctx.Err() != nil {
			return m, all, ctx.Err()
		}
		if err != nil {
			s.Error = err.Error()
		}
		all = append(all, s)
		b.progress(s)
		tries++
		switch m.Why = overload(s); {
		case m.Why == "":
			m.N, tries = n, 0
			n = int(float64(n)*saturateGrowth)/10*10 + 10
		case tries == saturateTries || s.Wrong > 0:
			m.Why = fmt.Sprintf("with %d: %s", n, m.Why)
			return m, all, nil
		}
	}
	m.Why = fmt.Sprintf("more than %d were not tried", m.N)
	return m, all, nil
}

// overload says what is wrong with a sample; empty for nothing.
func overload(s sample) string {
	switch {
	case s.Harness > harnessLimit:
		return fmt.Sprintf("the harness itself is at its limit (%.0f %% of its core)", 100*s.Harness)
	case s.Error != "":
		return s.Error
	case s.Wrong > 0:
		return fmt.Sprintf("%d wrong messages", s.Wrong)
	case s.Lost > 0:
		return fmt.Sprintf("%d lost messages", s.Lost)
	case s.Reconnects > 0:
		return fmt.Sprintf("%d destinations had to connect again", s.Reconnects)
	case s.P99 > saturateLimit:
		return fmt.Sprintf("p99 is %v", s.P99.Round(time.Millisecond))
	}
	return ""
}
