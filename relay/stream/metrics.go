package stream

import (
	"sync"

	"github.com/hawker-live/hawker/relay/media"
	"github.com/prometheus/client_golang/prometheus"
)

// Metrics shows streams to Prometheus. It reads them when it is asked, so that
// a packet costs nothing for it. A nil *Metrics shows nothing.
type Metrics struct {
	mu      sync.Mutex         // guards streams
	streams map[string]*Stream // by name

	live, bytes, packets, interval, ring *prometheus.Desc
}

// NewMetrics registers with reg; nil does not.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("hawker_stream_"+name, help, append([]string{"stream"}, labels...), nil)
	}
	m := &Metrics{
		streams:  map[string]*Stream{},
		live:     desc("live", "Whether a broadcast is on (1) or not (0)."),
		bytes:    desc("ingest_bytes_total", "Bytes of media that publishers have sent."),
		packets:  desc("ingest_packets_total", "Packets that publishers have sent, by kind.", "kind"),
		interval: desc("keyframe_interval_seconds", "Length of the last whole group of pictures; 0 before there is one."),
		ring:     desc("ring_bytes", "Bytes of media held for readers."),
	}
	if reg != nil {
		reg.MustRegister(m)
	}
	return m
}

// show adds s, in place of an older stream of its name that is not closed yet:
// two figures with the same labels would spoil the whole answer.
func (m *Metrics) show(s *Stream) {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.streams[s.Name()] = s
	}
}

func (m *Metrics) hide(s *Stream) {
	if m != nil {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.streams[s.Name()] == s {
			delete(m.streams, s.Name())
		}
	}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{m.live, m.bytes, m.packets, m.interval, m.ring} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(ch chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.streams {
		st, name := s.Stats(), s.Name()
		live := 0.0
		if st.Live {
			live = 1
		}
		ch <- prometheus.MustNewConstMetric(m.live, prometheus.GaugeValue, live, name)
		ch <- prometheus.MustNewConstMetric(m.bytes, prometheus.CounterValue, float64(st.Bytes), name)
		for _, k := range []media.Kind{media.Audio, media.Video, media.Data} {
			ch <- prometheus.MustNewConstMetric(m.packets, prometheus.CounterValue, float64(st.Packets[k]), name, k.String())
		}
		ch <- prometheus.MustNewConstMetric(m.interval, prometheus.GaugeValue, st.KeyframeInterval.Seconds(), name)
		ch <- prometheus.MustNewConstMetric(m.ring, prometheus.GaugeValue, float64(st.RingBytes), name)
	}
}
