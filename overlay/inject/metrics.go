package inject

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts cues. One serves all destinations of a process; nil counts
// nothing.
type Metrics struct {
	injected, missed *prometheus.CounterVec

	mu   sync.Mutex // guards the rest
	made map[series]bool
	keep func(stream, destination string) bool // nil keeps all
}

type series struct{ stream, destination, format string }

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	labels := []string{"stream", "destination", "format"}
	m := &Metrics{
		made: map[series]bool{},
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
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keep != nil && !m.keep(stream, destination) {
		return figures{} // a last connection of one that is gone
	}
	m.made[series{stream, destination, format}] = true
	return figures{m.injected.WithLabelValues(stream, destination, format), m.missed.WithLabelValues(stream, destination, format)}
}

// Keep lets go of the series of destinations that keep does not know, and makes
// none for them from now on. It is called with each change of what there is,
// before new ones connect.
func (m *Metrics) Keep(keep func(stream, destination string) bool) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep = keep
	for s := range m.made {
		if !keep(s.stream, s.destination) {
			m.injected.DeleteLabelValues(s.stream, s.destination, s.format)
			m.missed.DeleteLabelValues(s.stream, s.destination, s.format)
			delete(m.made, s)
		}
	}
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
