package main

import (
	"strings"
	"testing"
	"time"
)

// rounds are three of three relays, in the order in which they are measured.
func rounds() (out []sample) {
	for round, noise := range []float64{0.1, 0, 5} {
		for _, s := range []sample{
			{Target: "bare-each", User: 1, System: 0.5},
			{Target: "bare-all", User: 0.5, System: 0.5},
			{Target: "nginx-rtmp", User: 0.5, System: 0.75},
			{Target: "hawker", User: 1, System: 1},
		} {
			s.Scenario, s.Round, s.Delivered = "rtmp N=2", round+1, 1
			s.User += noise
			s.P99 = time.Duration(noise * float64(time.Millisecond))
			out = append(out, s)
		}
	}
	return out
}

func TestMedians(t *testing.T) {
	all := rounds()
	all[3].Lost = 7
	got := medians(all)
	if len(got) != 4 {
		t.Fatalf("%d medians, want 4", len(got))
	}
	h := got[3]
	if h.Target != "hawker" || h.User != 1.1 || h.P99 != 100*time.Microsecond || h.Lost != 7 {
		t.Errorf("hawker's median is %+v", h)
	}
	if near := func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 }; !near(h.ToNginx, 2.1/1.35) || !near(h.ToBare, 2.1/1.1) {
		t.Errorf("it costs %v of nginx-rtmp and %v of the better yardstick", h.ToNginx, h.ToBare)
	}
}

// TestMediansWrong: what is wrong once is compared with nothing, and nothing
// with it.
func TestMediansWrong(t *testing.T) {
	all := rounds()
	all[3+4].Wrong = 1
	all[1].Error = "it fell over"
	got := medians(all)
	if h := got[3]; h.good() || h.ToNginx != 0 {
		t.Errorf("a wrong relay has the ratio %v", h.ToNginx)
	}
	if n := got[2]; n.ToBare != 1.35/1.6 {
		t.Errorf("nginx-rtmp costs %v of the yardstick that did not fail", n.ToBare)
	}
	text := report(&result{Medians: got})
	for _, want := range []string{"FAILED: it fell over", "WRONG: hawker"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
}

func TestOverload(t *testing.T) {
	for name, s := range map[string]sample{
		"slow":        {P99: saturateLimit + 1},
		"lossy":       {Lost: 1},
		"wrong":       {Wrong: 1},
		"unsteady":    {Reconnects: 1},
		"failed":      {Error: "no"},
		"not the one": {Harness: 0.99},
	} {
		if overload(s) == "" {
			t.Errorf("a relay that is %s goes on", name)
		}
	}
	if why := overload(sample{P99: saturateLimit, Harness: 0.5}); why != "" {
		t.Errorf("a good one stops: %s", why)
	}
}
