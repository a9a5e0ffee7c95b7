package web

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/overlay"
)

// sweepAfter is how many offers more than there are may have series before a scrape.
const sweepAfter = 64

// tally counts clicks by offer and destination, as kept: empty for a link that does
// not say. An offer that is removed has no figures any more.
type tally struct {
	vec    *prometheus.CounterVec
	offers func() map[string]overlay.Offer

	mu      sync.Mutex // guards the rest
	counted map[string]bool
}

func newTally(offers func() map[string]overlay.Offer) *tally {
	return &tally{
		vec: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "hawker_offer_clicks_total",
			Help: "Follows of an offer's short links, by where the link was put.",
		}, []string{"offer", "destination"}),
		offers: offers, counted: map[string]bool{},
	}
}

func (t *tally) count(offer, place string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.vec.WithLabelValues(offer, place).Inc()
	t.counted[offer] = true
	if offers := t.offers(); len(t.counted) > len(offers)+sweepAfter {
		t.sweep(offers)
	}
}

// sweep lets go of offers that there are not any more. The caller holds mu.
func (t *tally) sweep(offers map[string]overlay.Offer) {
	for offer := range t.counted {
		if _, there := offers[offer]; !there {
			t.vec.DeletePartialMatch(prometheus.Labels{"offer": offer})
			delete(t.counted, offer)
		}
	}
}

// Describe implements prometheus.Collector.
func (t *tally) Describe(out chan<- *prometheus.Desc) { t.vec.Describe(out) }

// Collect implements prometheus.Collector.
func (t *tally) Collect(out chan<- prometheus.Metric) {
	t.mu.Lock()
	t.sweep(t.offers())
	t.mu.Unlock()
	t.vec.Collect(out)
}
