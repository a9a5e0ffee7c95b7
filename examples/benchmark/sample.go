package main

import (
	"slices"
	"time"
)

// sample is what one measurement has found, or the medians of several.
type sample struct {
	Target   string `json:"target"`
	Scenario string `json:"scenario"`
	N        int    `json:"destinations"`
	Round    int    `json:"round,omitempty"`

	User        float64       `json:"user_seconds_per_gb"`
	System      float64       `json:"system_seconds_per_gb"`
	P50         time.Duration `json:"p50_ns"`
	P99         time.Duration `json:"p99_ns"`
	Memory      int64         `json:"peak_rss_bytes"`
	Lost        int64         `json:"lost"`
	Wrong       int64         `json:"wrong"`
	Reconnects  int64         `json:"reconnects"`
	Allocations *float64      `json:"allocations_per_message,omitempty"`
	Delivered   float64       `json:"gb"`
	Load        float64       `json:"relay_core"`   // share of the relay's core in use
	Harness     float64       `json:"harness_core"` // and of the harness's
	Others      float64       `json:"others"`       // the most that others used of either
	Complaint   string        `json:"complaint,omitempty"`
	Error       string        `json:"error,omitempty"`

	// Ratios of CPU, in medians.
	ToNginx float64 `json:"cpu_to_nginx,omitempty"`
	ToBare  float64 `json:"cpu_to_bare,omitempty"`
}

func (s sample) cpu() float64 { return s.User + s.System }

// good tells whether what it measured can be compared: a relay that fails, or
// that delivers something else, is not fast.
func (s sample) good() bool { return s.Error == "" && s.Wrong == 0 }

// medians returns one sample for each scenario and target, in the order of
// their first appearance. What is bad in one round is bad.
func medians(all []sample) (out []sample) {
	type place struct{ scenario, target string }
	groups := map[place][]sample{}
	var order []place
	for _, s := range all {
		p := place{s.Scenario, s.Target}
		if groups[p] == nil {
			order = append(order, p)
		}
		groups[p] = append(groups[p], s)
	}
	slices.SortStableFunc(order, func(a, b place) int { return first(all, a.scenario) - first(all, b.scenario) })
	for _, p := range order {
		out = append(out, summary(groups[p]))
	}
	compare(out)
	return out
}

func first(all []sample, scenario string) int {
	return slices.IndexFunc(all, func(s sample) bool { return s.Scenario == scenario })
}

// summary takes the median of each figure by itself, and the sums of what must
// not happen.
func summary(g []sample) sample {
	s := sample{Target: g[0].Target, Scenario: g[0].Scenario, N: g[0].N}
	s.User, s.System = median(g, func(s sample) float64 { return s.User }), median(g, func(s sample) float64 { return s.System })
	s.P50 = median(g, func(s sample) time.Duration { return s.P50 })
	s.P99 = median(g, func(s sample) time.Duration { return s.P99 })
	s.Memory = median(g, func(s sample) int64 { return s.Memory })
	s.Delivered = median(g, func(s sample) float64 { return s.Delivered })
	s.Load, s.Harness = median(g, func(s sample) float64 { return s.Load }), median(g, func(s sample) float64 { return s.Harness })
	s.Others = median(g, func(s sample) float64 { return s.Others })
	if g[0].Allocations != nil {
		each := median(g, func(s sample) float64 {
			if s.Allocations == nil {
				return 0
			}
			return *s.Allocations
		})
		s.Allocations = &each
	}
	for _, r := range g {
		s.Lost, s.Wrong, s.Reconnects = s.Lost+r.Lost, s.Wrong+r.Wrong, s.Reconnects+r.Reconnects
		s.Complaint, s.Error = either(s.Complaint, r.Complaint), either(s.Error, r.Error)
	}
	return s
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func median[T int64 | float64 | time.Duration](g []sample, of func(sample) T) T {
	var v []T
	for _, s := range g {
		v = append(v, of(s))
	}
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// compare fills in the ratios: to nginx-rtmp, and to the better yardstick.
func compare(medians []sample) {
	nginx, bare := map[string]float64{}, map[string]float64{}
	for _, s := range medians {
		switch {
		case !s.good() || s.cpu() == 0:
		case s.Target == "nginx-rtmp":
			nginx[s.Scenario] = s.cpu()
		case isBare(s.Target) && (bare[s.Scenario] == 0 || s.cpu() < bare[s.Scenario]):
			bare[s.Scenario] = s.cpu()
		}
	}
	for i := range medians {
		s := &medians[i]
		if v := nginx[s.Scenario]; v > 0 && s.good() {
			s.ToNginx = s.cpu() / v
		}
		if v := bare[s.Scenario]; v > 0 && s.good() {
			s.ToBare = s.cpu() / v
		}
	}
}
