package relay

import (
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/record"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of the rooms below, registered together.
type metrics struct {
	rtmp        *rtmp.Metrics
	stream      *stream.Metrics
	destination *destination.Metrics
	record      *record.Metrics
}

func newMetrics(reg prometheus.Registerer) metrics {
	return metrics{rtmp.NewMetrics(reg), stream.NewMetrics(reg), destination.NewMetrics(reg), record.NewMetrics(reg)}
}

var (
	holdingDesc   = desc("holding", "Whether destinations are kept although no encoder is on air (1) or not (0).")
	dropsDesc     = desc("drops_total", "How often the encoder on air was lost without a goodbye.")
	takeoversDesc = desc("takeovers_total", "How often an encoder took over from another with the same key.")
	switchesDesc  = desc("source_switches_total", "How often primary and backup encoder changed places.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("hawker_stream_"+name, help, []string{"stream"}, nil)
}

// lives shows the lives of broadcasts to Prometheus.
type lives struct{ relay *Relay }

// Describe implements prometheus.Collector.
func (l lives) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{holdingDesc, dropsDesc, takeoversDesc, switchesDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (l lives) Collect(out chan<- prometheus.Metric) {
	for _, c := range l.relay.all() {
		state, n := c.life()
		holding := 0.0
		if state == Holding {
			holding = 1
		}
		out <- prometheus.MustNewConstMetric(holdingDesc, prometheus.GaugeValue, holding, c.name)
		out <- prometheus.MustNewConstMetric(dropsDesc, prometheus.CounterValue, float64(n.drops), c.name)
		out <- prometheus.MustNewConstMetric(takeoversDesc, prometheus.CounterValue, float64(n.takeovers), c.name)
		out <- prometheus.MustNewConstMetric(switchesDesc, prometheus.CounterValue, float64(n.switches), c.name)
	}
}
