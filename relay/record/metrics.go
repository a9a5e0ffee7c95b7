package record

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics counts for recorders. One Metrics serves all of a process.
type Metrics struct {
	active                   *prometheus.GaugeVec
	written, dropped, errors *prometheus.CounterVec
	panics                   prometheus.Counter

	mu    sync.Mutex           // guards shown
	shown map[string]*Recorder // by stream, the newest: one that was replaced may still be at its end
}

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	labels := []string{"stream"}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_recording_" + name, Help: help}, labels)
	}
	m := &Metrics{
		shown: map[string]*Recorder{},
		active: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "hawker_recording_active", Help: "1 while a file is being written.",
		}, labels),
		written: counter("written_bytes_total", "Bytes of media files handed to the kernel."),
		dropped: counter("dropped_packets_total", "Packets left out because the disk was too slow."),
		errors:  counter("errors_total", "How often recording has failed, such as for a full disk, and was to be tried again."),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "hawker_panics_total",
			Help:        "Panics that were contained in one connection.",
			ConstLabels: prometheus.Labels{"where": "record"},
		}),
	}
	if reg != nil {
		reg.MustRegister(m.active, m.written, m.dropped, m.errors, m.panics)
	}
	return m
}

// begin makes r the one of its stream that is shown.
func (m *Metrics) begin(r *Recorder) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shown[r.conf.Stream] = r
	m.active.WithLabelValues(r.conf.Stream).Set(0)
}

// show shows whether r writes a file.
func (m *Metrics) show(r *Recorder, active bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shown[r.conf.Stream] != r {
		return
	}
	is := 0.0
	if active {
		is = 1
	}
	m.active.WithLabelValues(r.conf.Stream).Set(is)
}

func (m *Metrics) end(r *Recorder) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shown[r.conf.Stream] == r {
		delete(m.shown, r.conf.Stream)
		m.active.DeleteLabelValues(r.conf.Stream)
	}
}
