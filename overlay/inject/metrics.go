package inject

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts cues. One serves all destinations of a process; nil counts
// nothing.
type Metrics struct{ injected, missed *prometheus.CounterVec }

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	labels := []string{"stream", "destination", "format"}
	m := &Metrics{
		injected: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hawker_cues_injected_total",
			Help: "Cues put into what is sent to the destination, repetitions too.",
		}, labels),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hawker_cues_missed_total",
			Help: "Cues not put in: the codec has no place for them, or the destination was minutes behind.",
		}, labels),
	}
	if reg != nil {
		reg.MustRegister(m.injected, m.missed)
	}
	return m
}

// figures are the counters of one lane; nil where there are no metrics.
type figures struct{ in, out prometheus.Counter }

func (m *Metrics) of(stream, destination, format string) figures {
	if m == nil {
		return figures{}
	}
	return figures{m.injected.WithLabelValues(stream, destination, format), m.missed.WithLabelValues(stream, destination, format)}
}

func (f figures) injected(n int) {
	if f.in != nil {
		f.in.Add(float64(n))
	}
}

func (f figures) lost(n int) {
	if f.out != nil {
		f.out.Add(float64(n))
	}
}
