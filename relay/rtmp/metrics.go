package rtmp

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what happens at the door.
type Metrics struct {
	refusals *prometheus.CounterVec
	open     prometheus.Gauge
	panics   prometheus.Counter
}

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hawker_ingest_refused_total",
			Help: "Publishers that were turned away, by reason.",
		}, []string{"reason"}),
		open: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "hawker_ingest_connections",
			Help: "Open ingest connections, let in or not yet.",
		}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "hawker_panics_total",
			Help:        "Panics that were contained in one connection.",
			ConstLabels: prometheus.Labels{"where": "ingest"},
		}),
	}
	if reg != nil {
		reg.MustRegister(m.refusals, m.open, m.panics)
	}
	return m
}

func (m *Metrics) refused(reason string) { m.refusals.WithLabelValues(reason).Inc() }
func (m *Metrics) connections(n float64) { m.open.Add(n) }
func (m *Metrics) panicked()             { m.panics.Inc() }
