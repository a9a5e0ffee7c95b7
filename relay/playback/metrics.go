package playback

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics shows playback to Prometheus. One serves all of a process.
type Metrics struct {
	sent      *prometheus.CounterVec
	requests  *prometheus.CounterVec
	fragments *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	refused   *prometheus.CounterVec
	panics    prometheus.Counter

	mu    sync.Mutex // guards shown
	shown map[string]*Server
}

var (
	feedsDesc    = desc("feeds", "Feeds that are open.")
	waitingDesc  = desc("waiting_requests", "Requests that wait for what is not there yet.")
	packagedDesc = desc("packaging", "1 while the stream is packaged, because somebody watches.")
	heldDesc     = desc("held_bytes", "Bytes of segments held for viewers.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("hawker_playback_"+name, help, []string{"stream"}, nil)
}

// NewMetrics registers with reg; nil counts without showing.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_playback_" + name, Help: help}, append([]string{"stream"}, labels...))
	}
	m := &Metrics{
		sent:      counter("sent_bytes_total", "Bytes of bodies that viewers have been sent, by format: feed, playlist or media.", "format"),
		requests:  counter("requests_total", "Requests, by format: feed, playlist or media.", "format"),
		fragments: counter("fragments_total", "Fragments made."),
		dropped:   counter("dropped_packets_total", "Packets that viewers miss because they could not be packaged in time."),
		refused:   counter("refused_total", "Requests refused because there were too many."),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "hawker_panics_total",
			Help:        "Panics that were contained in one connection.",
			ConstLabels: prometheus.Labels{"where": "playback"},
		}),
		shown: map[string]*Server{},
	}
	if reg != nil {
		reg.MustRegister(m.sent, m.requests, m.fragments, m.dropped, m.refused, m.panics, m)
	}
	return m
}

// show makes s visible until the returned function is called.
func (m *Metrics) show(s *Server) (hide func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shown[s.conf.Stream] = s // in the place of one that is about to end
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.shown[s.conf.Stream] == s {
			delete(m.shown, s.conf.Stream)
		}
	}
}

// Describe is for prometheus.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{feedsDesc, waitingDesc, packagedDesc, heldDesc} {
		out <- d
	}
}

// Collect is for prometheus.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.shown {
		send := func(d *prometheus.Desc, v int64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), s.conf.Stream)
		}
		packaging, held := s.holding()
		send(feedsDesc, s.count.feeds.Load())
		send(waitingDesc, s.count.waiting.Load())
		send(packagedDesc, packaging)
		send(heldDesc, held)
	}
}

// holding is whether the stream is packaged, and what its sessions take.
func (s *Server) holding() (packaging, bytes int64) {
	s.mu.Lock()
	current, last := s.current, s.last
	s.mu.Unlock()
	if current != nil {
		packaging = 1
		bytes += current.size()
	}
	if last != nil {
		bytes += last.size()
	}
	return packaging, bytes
}

// size is how many bytes of segments there are.
func (s *shelf) size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}
