package record

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts for recorders. One Metrics serves all of a process.
type Metrics struct {
	active                   *prometheus.GaugeVec
	written, dropped, errors *prometheus.CounterVec
	panics                   prometheus.Counter
}

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	labels := []string{"stream"}
	counter := func(name, help string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_recording_" + name, Help: help}, labels)
	}
	m := &Metrics{
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
