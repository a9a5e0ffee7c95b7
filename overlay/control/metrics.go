package control

import (
	"sync"
	"time"

	"github.com/hawker-live/hawker/overlay"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	activeDesc = prometheus.NewDesc("hawker_offer_active", "Whether an offer can be had on a stream (1) or not any more (0).", []string{"stream", "offer"}, nil)
	shownDesc  = prometheus.NewDesc("hawker_offer_shown_seconds_total", "For how long an offer could be had on a stream.", []string{"stream", "offer"}, nil)
)

// shown is for how long offers could be had, since the start of the program.
type shown struct {
	mu    sync.Mutex // guards spans
	spans map[place]span
}

type place struct{ stream, offer string }

type span struct {
	since time.Time // zero when it cannot be had now
	total time.Duration
}

func newShown() *shown { return &shown{spans: map[place]span{}} }

// resume counts offers that ran before the program started from now on.
func (s *shown) resume(stream string, stage overlay.Stage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range stage.Runs {
		if r.Started {
			s.spans[place{stream, r.Offer.ID}] = span{since: time.Now()}
		}
	}
}

func (s *shown) follow(events []overlay.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range events {
		at := place{e.Stream, e.ID}
		v := s.spans[at]
		switch e.Type {
		case overlay.OfferStarted:
			v.since = e.At
		case overlay.OfferEnded:
			if !v.since.IsZero() {
				v.total += max(0, e.At.Sub(v.since))
			}
			v.since = time.Time{}
		case overlay.OfferRemoved:
			s.forget(e.ID)
			continue
		default:
			continue
		}
		s.spans[at] = v
	}
}

func (s *shown) forget(offer string) {
	for at := range s.spans {
		if at.offer == offer {
			delete(s.spans, at)
		}
	}
}

type collector struct{ c *Control }

// Describe implements prometheus.Collector.
func (collector) Describe(out chan<- *prometheus.Desc) {
	out <- activeDesc
	out <- shownDesc
}

// Collect implements prometheus.Collector.
func (m collector) Collect(out chan<- prometheus.Metric) {
	s := m.c.shown
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for at, v := range s.spans {
		active, total := 0.0, v.total
		if !v.since.IsZero() {
			active = 1
			total += max(0, now.Sub(v.since))
		}
		out <- prometheus.MustNewConstMetric(activeDesc, prometheus.GaugeValue, active, at.stream, at.offer)
		out <- prometheus.MustNewConstMetric(shownDesc, prometheus.CounterValue, total.Seconds(), at.stream, at.offer)
	}
}
