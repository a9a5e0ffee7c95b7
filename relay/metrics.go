package relay

import (
	"github.com/hawker-live/hawker/relay/destination"
	"github.com/hawker-live/hawker/relay/rtmp"
	"github.com/hawker-live/hawker/relay/stream"
	"github.com/prometheus/client_golang/prometheus"
)

// metrics are those of the rooms below, registered together.
type metrics struct {
	rtmp        *rtmp.Metrics
	stream      *stream.Metrics
	destination *destination.Metrics
}

func newMetrics(reg prometheus.Registerer) metrics {
	return metrics{rtmp.NewMetrics(reg), stream.NewMetrics(reg), destination.NewMetrics(reg)}
}
