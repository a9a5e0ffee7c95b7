package web

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/overlay"
)

// metrics have labels from offers and settings only, whatever strangers ask for.
type metrics struct {
	clicks  *tally
	lost    *prometheus.CounterVec
	clients *prometheus.GaugeVec
	turned  *prometheus.CounterVec
	panics  prometheus.Counter
}

// Which bound of connections was met.
const (
	limitAll     = "all"
	limitAddress = "address"
)

// Why a click was not counted.
const (
	lostStore = "store" // the database did not take it in time
	lostLimit = "limit" // too many from one address
)

func newMetrics(reg prometheus.Registerer, offers func() map[string]overlay.Offer) (*metrics, error) {
	m := &metrics{
		clicks:  newTally(offers),
		lost:    prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_offer_clicks_lost_total", Help: "Follows that led to the store and could not be counted."}, []string{"reason"}),
		clients: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "hawker_overlay_clients", Help: "Overlay pages that are open."}, []string{"stream"}),
		turned:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_public_connections_turned_out_total", Help: "Connections of viewers that were turned out because there were too many, in all or from one address."}, []string{"limit"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{
			Name:        "hawker_panics_total",
			Help:        "Panics that were contained in one connection.",
			ConstLabels: prometheus.Labels{"where": "public"},
		}),
	}
	m.lost.WithLabelValues(lostStore)
	m.lost.WithLabelValues(lostLimit)
	m.turned.WithLabelValues(limitAll)
	m.turned.WithLabelValues(limitAddress)
	if reg == nil {
		return m, nil
	}
	return m, errors.Join(reg.Register(m.turned), reg.Register(m.clicks), reg.Register(m.lost), reg.Register(m.clients), reg.Register(m.panics))
}
