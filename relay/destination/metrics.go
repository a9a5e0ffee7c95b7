package destination

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics shows destinations that run. One Metrics serves all of a process.
type Metrics struct {
	panics prometheus.Counter

	mu    sync.Mutex // guards shown
	shown map[label]*Destination
}

type label struct{ stream, destination string }

var (
	labels = []string{"stream", "destination"}

	upDesc         = desc("up", "1 while the platform acknowledges media.")
	stateDesc      = desc("state", "1 for the state that the destination is in.", "state")
	sentDesc       = desc("sent_bytes_total", "Bytes written, protocol included.")
	ackedDesc      = desc("acked_bytes_total", "Bytes acknowledged by the platform's TCP.")
	droppedDesc    = desc("dropped_packets_total", "Packets skipped because the platform was too slow.")
	reconnectsDesc = desc("reconnects_total", "Connections after the first one of each broadcast.")
	lagDesc        = desc("lag_seconds", "How far sending is behind the broadcast, beyond the wanted delay.")
)

func desc(name, help string, more ...string) *prometheus.Desc {
	return prometheus.NewDesc("hawker_destination_"+name, help, append(labels[:2:2], more...), nil)
}

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "hawker_panics_total",
			Help:        "Panics that were contained in one connection.",
			ConstLabels: prometheus.Labels{"where": "destination"},
		}),
		shown: make(map[label]*Destination),
	}
	if reg != nil {
		reg.MustRegister(m, m.panics)
	}
	return m
}

// show makes d visible until the returned function is called.
func (m *Metrics) show(d *Destination) (hide func()) {
	l := label{d.cfg.Stream, d.cfg.Name}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shown[l] = d
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.shown, l)
	}
}

func (m *Metrics) destinations() []*Destination {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*Destination, 0, len(m.shown))
	for _, d := range m.shown {
		all = append(all, d)
	}
	return all
}

// Describe is for prometheus.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{upDesc, stateDesc, sentDesc, ackedDesc, droppedDesc, reconnectsDesc, lagDesc, latencyDesc} {
		out <- d
	}
}

// Collect is for prometheus: it reads the statuses at each scrape.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	for _, d := range m.destinations() {
		collect(d.Status(), out)
		out <- d.latencies.metric(d.cfg.Stream, d.cfg.Name)
	}
}

func collect(s Status, out chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, t prometheus.ValueType, v float64, more ...string) {
		out <- prometheus.MustNewConstMetric(d, t, v, append([]string{s.Stream, s.Name}, more...)...)
	}
	send(upDesc, prometheus.GaugeValue, truth(s.State == Live))
	for _, state := range States() {
		send(stateDesc, prometheus.GaugeValue, truth(s.State == state), string(state))
	}
	send(sentDesc, prometheus.CounterValue, float64(s.SentBytes))
	send(ackedDesc, prometheus.CounterValue, float64(s.AckedBytes))
	send(droppedDesc, prometheus.CounterValue, float64(s.Dropped))
	send(reconnectsDesc, prometheus.CounterValue, float64(s.Reconnects))
	send(lagDesc, prometheus.GaugeValue, s.Lag.Seconds())
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
