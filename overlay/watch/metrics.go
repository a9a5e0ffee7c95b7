package watch

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics have labels from settings only.
type metrics struct {
	refused *prometheus.CounterVec
	lost    prometheus.Counter
}

func newMetrics(s *Server, reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hawker_watch_refused_total", Help: "Watch pages that found no place, because too many were open."}, []string{"stream"}),
		lost:    prometheus.NewCounter(prometheus.CounterOpts{Name: "hawker_watch_visits_lost_total", Help: "Visits that could not be noted, or were of too many new visitors from one address, so that it is not known who comes back."}),
	}
	if reg == nil {
		return m, nil
	}
	return m, errors.Join(reg.Register(m.refused), reg.Register(m.lost), reg.Register(collector{s}))
}

// What is told of audiences. Others tell of viewers elsewhere under the same
// name, so that the destination is fixed here.
var (
	viewersDesc   = prometheus.NewDesc("hawker_viewers", "Viewers now, by where they watch.", []string{"stream"}, prometheus.Labels{"destination": onPage})
	secondsDesc   = prometheus.NewDesc("hawker_watch_seconds_total", "How long all viewers of the watch page together have been there while something was on.", []string{"stream"}, nil)
	joinsDesc     = prometheus.NewDesc("hawker_watch_joins_total", "Viewers who came to the watch page to see a broadcast.", []string{"stream"}, nil)
	returningDesc = prometheus.NewDesc("hawker_watch_returning_total", "Those of them who had seen an earlier show of the stream: one that was over four hours before.", []string{"stream"}, nil)
)

// collector shows the audiences.
type collector struct{ server *Server }

// Describe implements prometheus.Collector.
func (collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{viewersDesc, secondsDesc, joinsDesc, returningDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(out chan<- prometheus.Metric) {
	now := time.Now()
	c.server.each(func(r *room) {
		a := r.report(now)
		out <- prometheus.MustNewConstMetric(viewersDesc, prometheus.GaugeValue, float64(a.Viewers), r.stream)
		out <- prometheus.MustNewConstMetric(secondsDesc, prometheus.CounterValue, a.WatchSeconds, r.stream)
		out <- prometheus.MustNewConstMetric(joinsDesc, prometheus.CounterValue, float64(a.Joins), r.stream)
		out <- prometheus.MustNewConstMetric(returningDesc, prometheus.CounterValue, float64(a.Returning), r.stream)
	})
}
