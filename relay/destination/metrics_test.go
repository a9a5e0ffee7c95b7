package destination_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
)

// gather returns every sample by its name and the value of its label state.
func gather(t *testing.T, reg *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() == "state" {
					name += "/" + l.GetValue()
				}
			}
			all[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return all
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reg := prometheus.NewPedanticRegistry()
		f, p := newFeed(), &platform{}
		p.script(func(n int, _ rtmp.Target) error {
			if n == 0 {
				panic("a bug")
			}
			return nil
		})
		d := run(t, destination.Config{Feed: f, Dialer: p, Enabled: true, Metrics: destination.NewMetrics(reg)})
		go f.begin().play(t.Context())
		time.Sleep(10 * time.Second)
		got := gather(t, reg)
		want := map[string]float64{
			"hawker_panics_total":                      1,
			"hawker_destination_up":                    1,
			"hawker_destination_state/live":            1,
			"hawker_destination_state/backing_off":     0,
			"hawker_destination_dropped_packets_total": 3,
			"hawker_destination_reconnects_total":      0,
			"hawker_destination_lag_seconds":           .07,
		}
		for name, v := range want {
			if g, ok := got[name]; !ok || g != v {
				t.Errorf("%s is %v (there: %v), want %v", name, g, ok, v)
			}
		}
		s := d.Status()
		if got["hawker_destination_sent_bytes_total"] != float64(s.SentBytes) || got["hawker_destination_acked_bytes_total"] != float64(s.AckedBytes) {
			t.Errorf("bytes: %v", got)
		}
		if n := got["hawker_relay_latency_seconds"]; n < 200 || n > 250 {
			t.Errorf("%v latencies, want one for each packet that arrived while connected", n)
		}
		d.end(t)
		if got := gather(t, reg); len(got) != 1 {
			t.Errorf("series are left after the end: %v", got)
		}
	})
}
