package destination

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/hawker-live/hawker/relay/media"
)

var latencyDesc = prometheus.NewDesc("hawker_relay_latency_seconds",
	"From the arrival of a packet until it was written to a destination, without the wanted delay.", labels, nil)

// latencyBounds are the upper ends of the histogram's buckets.
var latencyBounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second,
}

// histogram counts latencies. Every packet to every destination is one, which is
// why this is not Prometheus' own: that takes ten times as long.
type histogram struct {
	counts [len(latencyBounds) + 1]atomic.Uint64 // each bucket by itself; the last is above all bounds
	sum    atomic.Int64                          // ns
}

func (h *histogram) observe(d time.Duration) {
	bucket := 0
	for bucket < len(latencyBounds) && d > latencyBounds[bucket] {
		bucket++
	}
	h.counts[bucket].Add(1)
	h.sum.Add(int64(d))
}

// metric is what Prometheus wants to know: buckets that hold those below them.
func (h *histogram) metric(labelValues ...string) prometheus.Metric {
	buckets, total := make(map[float64]uint64, len(latencyBounds)), uint64(0)
	for i, bound := range latencyBounds {
		total += h.counts[i].Load()
		buckets[bound.Seconds()] = total
	}
	total += h.counts[len(latencyBounds)].Load()
	sum := time.Duration(h.sum.Load()).Seconds()
	return prometheus.MustNewConstHistogram(latencyDesc, total, sum, buckets, labelValues...)
}

// latency observes the packets of one connection.
type latency struct {
	histogram *histogram
	opened    time.Time // what arrived before waited for the connection, not in it
	delay     time.Duration
}

func (l *latency) observe(packets []media.Packet, written time.Time) {
	for i := range packets {
		if p := &packets[i]; p.Arrived.After(l.opened) {
			l.histogram.observe(written.Sub(p.Arrived) - l.delay)
		}
	}
}
